import { randomBytes } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { Command, Option } from 'commander';
import type { INestApplicationContext } from '@nestjs/common';
import { assertAcceptablePassword, PasswordHasher } from '@identity/auth';
import { Roles } from '@identity/policy';
import { canonicalise, type CanonicalIdentifier, Directory, type IdentifierScheme } from '@identity/users';
import { AuditLog } from '@platform/audit';
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
  const existing = await service.get(Directory).findForSignIn(identifier);
  if (existing) {
    const assigned = await service.get(Roles).assign(existing.userId, 'administrator');
    return { userId: existing.userId, created: false, roleAssigned: assigned };
  }
  const given = options.passwordStdin ? (await text(process.stdin)).replace(/\r?\n$/, '') : undefined;
  const password = given ?? randomBytes(18).toString('base64url');
  await assertAcceptablePassword(password, { identifier: identifier.value });
  const userId = await create(service, identifier, password);
  return { userId, created: true, roleAssigned: true, ...(given === undefined && { password }) };
}

async function create(
  service: INestApplicationContext,
  identifier: CanonicalIdentifier,
  password: string,
): Promise<string> {
  const passwordHash = await service.get(PasswordHasher).hash(password);
  return await service.get(Database).transaction(async (transaction) => {
    const userId = await service.get(Directory).create({ identifier, passwordHash, verified: true }, transaction);
    await service.get(Roles).assign(userId, 'administrator', transaction);
    const event = { action: 'user.administrator-created', outcome: 'success', actor: { type: 'operator' } } as const;
    await service.get(AuditLog).record({ ...event, userId }, transaction);
    return userId;
  });
}
