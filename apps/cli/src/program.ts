import { Command } from 'commander';
import { adminCommand } from './commands/admin.command.js';
import { auditCommand } from './commands/audit.command.js';
import { configurationCommand } from './commands/configuration.command.js';
import { keysCommand } from './commands/keys.command.js';
import { migrateCommand } from './commands/migrate.command.js';
import { otpCommand } from './commands/otp.command.js';
import { policiesCommand } from './commands/policies.command.js';
import { previewCommand } from './commands/preview.command.js';
import { completeHelp } from './help.js';
import { queuesCommand } from './commands/queues.command.js';
import { serviceAccountsCommand } from './commands/service-accounts.command.js';
import { usersCommand } from './commands/users.command.js';

const EXIT_CODES = `
Answers go to standard output; progress, and in one line what went wrong, to standard error.
Exits 0 when it is done; 1 when it was refused, failed, was typed wrongly or did a part alone; 2 when \`policies check\`
finds that it is denied.`;

/**
 * The `identity` command with everything below it. What a command does is loaded when it is run.
 * @param version what `--version` says
 */
export function createProgram(version = ''): Command {
  const program = new Command('identity')
    .description('Operates nx-seller-identity. Settings come from the environment, as for the service.')
    .version(version)
    .option('--json', 'print JSON instead of a table')
    .addCommand(migrateCommand())
    .addCommand(keysCommand())
    .addCommand(adminCommand())
    .addCommand(usersCommand())
    .addCommand(otpCommand())
    .addCommand(queuesCommand())
    .addCommand(auditCommand())
    .addCommand(policiesCommand())
    .addCommand(serviceAccountsCommand())
    .addCommand(configurationCommand())
    .addCommand(previewCommand());
  program.addHelpText('after', EXIT_CODES);
  completeHelp(program);
  return program;
}
