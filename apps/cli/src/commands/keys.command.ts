import { Command, Option } from 'commander';
import type { SigningAlgorithm } from '@identity/jwks';
import { systemClock } from '@platform/kernel';
import { SIGNING_ALGORITHMS } from '../choices.js';
import { print } from '../output.js';
import { withLead } from './keys/options.js';
import { revokeCommand } from './keys/revoke.js';
import { rotateCommand } from './keys/rotate.js';

/** `identity keys …` works on the files below JWKS_DIR, or on the Secret that they are mounted from. */
export function keysCommand(): Command {
  return new Command('keys')
    .description('signing keys')
    .addCommand(generate())
    .addCommand(list())
    .addCommand(rotateCommand())
    .addCommand(revokeCommand());
}

function generate(): Command {
  return withLead(new Command('generate'))
    .description(
      'add a signing key; the first signs at once, later ones are published first and sign after a lead time',
    )
    .addOption(new Option('--alg <alg>', 'its algorithm').choices(SIGNING_ALGORITHMS).default('ES256'))
    .action(async (options: { alg: SigningAlgorithm; leadSeconds: number; force?: boolean }, command: Command) => {
      const { GenerateKey, KeyDirectory } = await import('../libraries/jwks.js');
      const { readSetting } = await import('../libraries/config.js');
      const store = new KeyDirectory(readSetting('JWKS_DIR'));
      const { kid, alg, file, activatesAt } = await new GenerateKey(store, systemClock).execute(options);
      print(command, { kid, alg, file, activatesAt });
    });
}

function list(): Command {
  return new Command('list')
    .description('keys with their state, age and next change')
    .addHelpText(
      'after',
      '\nA key is next (published, waits), signing, retired (published until its last token is over), then gone;\n' +
        'time alone moves it on. A revoked one is not accepted, and stays listed so that it does not come back.',
    )
    .action(async (_options: unknown, command: Command) => {
      const { KeyDirectory, ListKeys } = await import('../libraries/jwks.js');
      const { readSetting } = await import('../libraries/config.js');
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
