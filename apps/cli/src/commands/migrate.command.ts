import { Command } from 'commander';
import { readSetting } from '@platform/config';
import { migrate } from '@platform/database';
import { print } from '../output.js';

/** `identity migrate` needs DATABASE_URL and nothing else. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description('bring the database schema up to date; safe to run any number of times, also at once')
    .action(async (_options: unknown, command: Command) => {
      const applied = await migrate(readSetting('DATABASE_URL'), (line) => process.stderr.write(`${line}\n`));
      print(command, { applied: applied.join(', ') || 'nothing, the schema is current' });
    });
}
