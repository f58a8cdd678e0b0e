import { Command } from 'commander';
import { print } from '../output.js';

/** `identity migrate` needs DATABASE_URL and nothing else. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description('bring the database schema up to date; safe to run any number of times, also at once')
    .action(async (_options: unknown, command: Command) => {
      const { readSetting } = await import('../libraries/config.js');
      const { migrate } = await import('../libraries/database.js');
      const applied = await migrate(readSetting('DATABASE_URL'), (line) => process.stderr.write(`${line}\n`));
      print(command, { applied: applied.join(', ') || 'nothing, the schema is current' });
    });
}
