import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import type { INestApplicationContext } from '@nestjs/common';
import { SCOPES } from '../choices.js';
import { print } from '../output.js';
import { withService } from '../with-service.js';

const OPERATOR = { type: 'operator' } as const;

interface CreateOptions {
  name: string;
  scope: string[];
  secretStdin?: boolean;
  replace?: boolean;
}

/** `identity service-accounts …`. */
export function serviceAccountsCommand(): Command {
  return new Command('service-accounts')
    .description('accounts of sister services')
    .addCommand(create())
    .addCommand(list())
    .addCommand(revoke());
}

function create(): Command {
  return new Command('create')
    .description('create a service account for a sister service; its secret is shown this once')
    .requiredOption('--name <name>', 'what the service is called: 2 to 63 of a-z, 0-9 and -, a letter first')
    .requiredOption('--scope <scope...>', `what it may do: ${SCOPES.join(', ')} (everything)`)
    .option('--secret-stdin', 'read the secret (32 random bytes or more, hex or base64) instead of making one up')
    .option('--replace', 'give an account of that name, even a revoked one, the new secret and scopes')
    .action(async (options: CreateOptions, command: Command) => {
      const secret = options.secretStdin ? { secret: (await text(process.stdin)).trim() } : {};
      const order = { name: options.name, scopes: options.scope, replace: options.replace === true, ...secret };
      const { CreateServiceAccount } = await import('../libraries/policy.js');
      print(command, await withService((service) => service.get(CreateServiceAccount).execute(order, OPERATOR)));
    });
}

function list(): Command {
  return new Command('list')
    .description('show service accounts, revoked ones too, newest first')
    .action(async (_options: unknown, command: Command) => {
      const accounts = await withService(all);
      print(
        command,
        accounts.map(({ scopes, ...account }) => ({ ...account, scopes: scopes.join(' ') })),
      );
    });
}

function revoke(): Command {
  return new Command('revoke')
    .description('revoke a service account; its secret is refused within a second')
    .argument('<name>', 'what the service is called')
    .action(async (name: string, _options: unknown, command: Command) => {
      const { RevokeServiceAccount } = await import('../libraries/policy.js');
      const revoked = await withService((service) => service.get(RevokeServiceAccount).execute({ name }, OPERATOR));
      print(command, { ...revoked, result: 'revoked' });
    });
}

async function all(service: INestApplicationContext) {
  const { ListServiceAccounts } = await import('../libraries/policy.js');
  const accounts = service.get(ListServiceAccounts);
  const found = [];
  let page = await accounts.execute({ limit: 100 });
  found.push(...page.items);
  while (page.nextCursor !== null) {
    page = await accounts.execute({ limit: 100, cursor: page.nextCursor });
    found.push(...page.items);
  }
  return found;
}
