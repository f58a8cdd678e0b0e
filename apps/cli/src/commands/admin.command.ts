import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { Command, Option } from 'commander';
import type { INestApplicationContext } from '@nestjs/common';
import { assertAcceptablePassword, PasswordHasher } from '@identity/auth';
import { GrantAdministrator } from '@identity/policy';
import { canonicalise, Directory, type IdentifierScheme } from '@identity/users';
import { Database } from '@platform/database';
import { print } from '../output.js';
import { withService } from '../with-service.js';

interface AdminOptions {
  scheme: IdentifierScheme;
  value: string;
  passwordStdin?: boolean;
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
    .action(async (options: AdminOptions, command: Command) => {
      print(command, await withService((service) => createAdministrator(service, options)));
    });
  return new Command('admin').description('administrators').addCommand(creation);
}

async function createAdministrator(service: INestApplicationContext, options: AdminOptions) {
  const identifier = canonicalise(options);
  const database = service.get(Database);
  const grant = service.get(GrantAdministrator);
  const existing = await service.get(Directory).findForSignIn(identifier);
  if (existing) {
    const { userId } = existing;
    const roleAssigned = await database.transaction((transaction) => grant.toUser(userId, transaction));
    return { userId, created: false, roleAssigned };
  }
  const given = options.passwordStdin ? (await text(process.stdin)).replace(/\r?\n$/, '') : undefined;
  const password = given ?? randomBytes(18).toString('base64url');
  await assertAcceptablePassword(password, { identifiers: [identifier.value] });
  const passwordHash = await service.get(PasswordHasher).hash(password);
  const userId = await database.transaction((transaction) =>
    grant.toNewUser({ identifier, passwordHash }, transaction),
  );
  return { userId, created: true, roleAssigned: true, ...(given === undefined && { password }) };
}
