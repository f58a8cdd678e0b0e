import { text } from 'node:stream/consumers';
import { Command } from 'commander';
import { CreateServiceAccount } from '@identity/policy';
import { print } from '../output.js';
import { withService } from '../with-service.js';

interface CreateOptions {
  name: string;
  scope: string[];
  secretStdin?: boolean;
  replace?: boolean;
}

/** `identity service-accounts create`. */
export function serviceAccountsCommand(): Command {
  const create = new Command('create')
    .description('create a service account for a sister service; its secret is shown this once')
    .requiredOption('--name <name>', 'what the service is called: a-z, 0-9 and -')
    .requiredOption('--scope <scope...>', "what it may do, '*' for everything")
    .option('--secret-stdin', 'read the secret (32 random bytes or more, hex or base64) instead of making one up')
    .option('--replace', 'give an account of that name, even a revoked one, the new secret and scopes')
    .action(async (options: CreateOptions, command: Command) => {
      const secret = options.secretStdin ? { secret: (await text(process.stdin)).trim() } : {};
      const order = { name: options.name, scopes: options.scope, replace: options.replace === true, ...secret };
      print(command, await withService((service) => service.get(CreateServiceAccount).execute(order)));
    });
  return new Command('service-accounts').description('accounts of sister services').addCommand(create);
}
