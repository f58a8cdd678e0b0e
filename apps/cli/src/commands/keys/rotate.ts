import { Command, Option } from 'commander';
import type { Rotation, SigningAlgorithm } from '@identity/jwks';
import { systemClock } from '@platform/kernel';
import { SIGNING_ALGORITHMS } from '../../choices.js';
import { print } from '../../output.js';
import { APPLY_FIRST, chosenStore, type SecretOptions, wholeNumber, withLead, withSecret } from './options.js';

const DEFAULT_DAYS = 90;

interface RotateOptions extends SecretOptions {
  alg?: SigningAlgorithm;
  leadSeconds: number;
  force?: boolean;
  everyDays: number;
}

export function rotateCommand(): Command {
  return withSecret(withLead(new Command('rotate')))
    .description('add a key that takes over after its lead, and take out those that are gone')
    .addOption(new Option('--alg <alg>', "its algorithm; the newest key's by default").choices(SIGNING_ALGORITHMS))
    .option('--every-days <days>', 'for --in-cluster: only once the newest key is this old', wholeNumber, DEFAULT_DAYS)
    .addHelpText(
      'after',
      `
Nothing restarts: every replica reads the keys again within seconds, publishes the new one at once and signs with it
when its lead is over. What it replaces stays published until its last token is over. Refused while a key waits already.

In a pod:      identity keys rotate --print-secret identity-keys | kubectl replace -f -
As a CronJob:  identity keys rotate --in-cluster --secret identity-keys
               needs get and update on that one Secret, and does nothing until --every-days have passed`,
    )
    .action(async (options: RotateOptions, command: Command) => {
      const { RotateKeys } = await import('../../libraries/jwks.js');
      const { readSetting } = await import('../../libraries/config.js');
      const store = await chosenStore(options);
      const { alg, leadSeconds, force } = options;
      const everyDays = options.inCluster ? options.everyDays : undefined;
      const rotation = await new RotateKeys(store, systemClock, readSetting('ACCESS_TOKEN_TTL_SECONDS')).execute({
        alg,
        leadSeconds,
        force,
        everyDays,
      });
      // Standard output is the Secret alone: it is piped to kubectl.
      if (options.printSecret === undefined) tell(command, rotation, options);
      else process.stderr.write(`${inWords(rotation)}\n${APPLY_FIRST}\n`);
    });
}

function tell(command: Command, { key, dropped }: Rotation, { everyDays }: RotateOptions): void {
  const { json } = command.optsWithGlobals<{ json?: boolean }>();
  if (key) print(command, { ...key, dropped: dropped.join(' ') || null });
  else if (json) print(command, { kid: null, alg: null, activatesAt: null, dropped: null });
  else process.stdout.write(`no rotation is due: the newest key is younger than ${everyDays} days\n`);
}

function inWords({ key, dropped }: Rotation): string {
  const also = dropped.length > 0 ? `; taken out, since they are gone: ${dropped.join(', ')}` : '';
  return `${key?.kid} (${key?.alg}) signs from ${key?.activatesAt.toISOString()} on${also}`;
}
