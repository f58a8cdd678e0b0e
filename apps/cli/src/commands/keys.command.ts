import { Command, Option } from 'commander';
import {
  DEFAULT_LEAD_SECONDS,
  GenerateKey,
  KeyDirectory,
  ListKeys,
  SIGNING_ALGORITHMS,
  type SigningAlgorithm,
} from '@identity/jwks';
import { readSetting } from '@platform/config';
import { systemClock } from '@platform/kernel';
import { print } from '../output.js';

/** `identity keys …` works on the files below JWKS_DIR. */
export function keysCommand(): Command {
  return new Command('keys').description('signing keys').addCommand(generate()).addCommand(list());
}

function generate(): Command {
  return new Command('generate')
    .description(
      'add a signing key; the first signs at once, later ones are published first and sign after a lead time',
    )
    .addOption(new Option('--alg <alg>', 'its algorithm').choices(SIGNING_ALGORITHMS).default('ES256'))
    .option('--lead-seconds <seconds>', 'how long it is published before it signs', wholeNumber, DEFAULT_LEAD_SECONDS)
    .action(async (options: { alg: SigningAlgorithm; leadSeconds: number }, command: Command) => {
      const store = new KeyDirectory(readSetting('JWKS_DIR'));
      const { kid, alg, file, activatesAt } = await new GenerateKey(store, systemClock).execute(options);
      print(command, { kid, alg, file, activatesAt });
    });
}

function list(): Command {
  return new Command('list')
    .description('keys with their state, age and next change')
    .action(async (_options: unknown, command: Command) => {
      const store = new KeyDirectory(readSetting('JWKS_DIR'));
      const keys = await new ListKeys(store, systemClock, readSetting('ACCESS_TOKEN_TTL_SECONDS')).execute();
      print(
        command,
        keys.map(({ kid, alg, state, activatesAt, ageSeconds, changesAt }) => ({
          kid,
          alg,
          state,
          activatesAt,
          ageSeconds,
          changesAt,
        })),
      );
    });
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`${text} is not a whole number of seconds`);
  return Number(text);
}
