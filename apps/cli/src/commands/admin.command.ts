import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { Command, Option } from 'commander';
import type { INestApplicationContext } from '@nestjs/common';
import type { CanonicalIdentifier, IdentifierScheme, SignInAccount } from '@identity/users';
import { print } from '../output.js';
import { withService } from '../with-service.js';

interface AdminOptions {
  scheme: IdentifierScheme;
  value: string;
  passwordStdin?: boolean;
  replacePassword?: boolean;
}

/** `identity admin create`: the first administrator, and the way back in when none is left. */
export function adminCommand(): Command {
  const creation = new Command('create')
    .description('create an administrator, or make an existing user one')
    .addOption(
      new Option('--scheme <scheme>', 'what names the person')
        .choices(['email', 'phone', 'username'])
        .default('username'),
    )
    .requiredOption('--value <value>', 'the e-mail address, phone number or username')
    .option('--password-stdin', 'read the password from standard input instead of making one up')
    .option('--replace-password', 'give an existing user this password too, which ends the sessions')
    .action(async (options: AdminOptions, command: Command) => {
      print(command, await withService((service) => createAdministrator(service, options)));
    });
  return new Command('admin').description('administrators').addCommand(creation);
}

async function createAdministrator(service: INestApplicationContext, options: AdminOptions) {
  const { canonicalise, Directory } = await import('../libraries/users.js');
  const identifier = canonicalise(options);
  const existing = await service.get(Directory).findForSignIn(identifier);
  if (existing && !options.replacePassword) return await grant(service, existing.userId);
  const given = options.passwordStdin ? (await text(process.stdin)).replace(/\r?\n$/, '') : undefined;
  const password = given ?? randomBytes(18).toString('base64url');
  const result = existing
    ? await grantWithPassword(service, existing, password)
    : await create(service, identifier, password);
  return { ...result, ...(given === undefined && { password }) };
}

async function create(service: INestApplicationContext, identifier: CanonicalIdentifier, password: string) {
  const { assertAcceptablePassword, PasswordHasher } = await import('../libraries/auth.js');
  const { GrantAdministrator } = await import('../libraries/policy.js');
  const { Database } = await import('../libraries/database.js');
  await assertAcceptablePassword(password, { identifiers: [identifier.value] });
  const passwordHash = await service.get(PasswordHasher).hash(password);
  const userId = await service
    .get(Database)
    .transaction((transaction) => service.get(GrantAdministrator).toNewUser({ identifier, passwordHash }, transaction));
  return { userId, created: true, roleAssigned: true };
}

async function grant(service: INestApplicationContext, userId: string) {
  const { GrantAdministrator } = await import('../libraries/policy.js');
  const { Database } = await import('../libraries/database.js');
  const roleAssigned = await service
    .get(Database)
    .transaction((transaction) => service.get(GrantAdministrator).toUser(userId, transaction));
  return { userId, created: false, roleAssigned };
}

/** The role and the password together or not at all; the password that the account has already changes nothing. */
async function grantWithPassword(service: INestApplicationContext, account: SignInAccount, password: string) {
  const { assertAcceptablePassword, passwordContextOf, PasswordHasher } = await import('../libraries/auth.js');
  const { GrantAdministrator } = await import('../libraries/policy.js');
  const { Directory, ResetPasswordByOperator } = await import('../libraries/users.js');
  const { Database } = await import('../libraries/database.js');
  const { userId } = account;
  const hasher = service.get(PasswordHasher);
  if ((await hasher.verify(password, account.passwordHash)).valid) {
    return { ...(await grant(service, userId)), passwordReplaced: false };
  }
  await assertAcceptablePassword(password, await passwordContextOf(service.get(Directory), userId));
  const passwordHash = await hasher.hash(password);
  const { roleAssigned, afterCommit } = await service.get(Database).transaction(async (transaction) => ({
    roleAssigned: await service.get(GrantAdministrator).toUser(userId, transaction),
    afterCommit: await service.get(ResetPasswordByOperator).execute(userId, passwordHash, transaction),
  }));
  await afterCommit();
  return { userId, created: false, roleAssigned, passwordReplaced: true };
}
