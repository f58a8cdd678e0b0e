import { Command } from 'commander';
import { CreateServiceAccount } from '@identity/policy';
import { print } from '../output.js';
import { withService } from '../with-service.js';

/** `identity service-accounts create`. */
export function serviceAccountsCommand(): Command {
  const create = new Command('create')
    .description('create a service account for a sister service; its secret is shown this once')
    .requiredOption('--name <name>', 'what the service is called: a-z, 0-9 and -')
    .requiredOption('--scope <scope...>', "what it may do, '*' for everything")
    .action(async (options: { name: string; scope: string[] }, command: Command) => {
      print(
        command,
        await withService((service) => service.get(CreateServiceAccount).execute(options.name, options.scope)),
      );
    });
  return new Command('service-accounts').description('accounts of sister services').addCommand(create);
}
