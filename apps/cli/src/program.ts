import { Command } from 'commander';
import { packageVersion } from '@platform/config';
import { adminCommand } from './commands/admin.command.js';
import { auditCommand } from './commands/audit.command.js';
import { configurationCommand } from './commands/configuration.command.js';
import { keysCommand } from './commands/keys.command.js';
import { migrateCommand } from './commands/migrate.command.js';
import { otpCommand } from './commands/otp.command.js';
import { policiesCommand } from './commands/policies.command.js';
import { previewCommand } from './commands/preview.command.js';
import { completeHelp } from './help.js';
import { serviceAccountsCommand } from './commands/service-accounts.command.js';
import { usersCommand } from './commands/users.command.js';

/** The `identity` command with everything below it. */
export function createProgram(): Command {
  const program = new Command('identity')
    .description('Operates nx-seller-identity. Settings come from the environment, as for the service.')
    .version(packageVersion(import.meta.dirname))
    .option('--json', 'print JSON instead of a table')
    .addCommand(migrateCommand())
    .addCommand(keysCommand())
    .addCommand(adminCommand())
    .addCommand(usersCommand())
    .addCommand(otpCommand())
    .addCommand(auditCommand())
    .addCommand(policiesCommand())
    .addCommand(serviceAccountsCommand())
    .addCommand(configurationCommand())
    .addCommand(previewCommand());
  completeHelp(program);
  return program;
}
