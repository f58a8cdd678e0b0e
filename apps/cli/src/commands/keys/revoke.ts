import { Command } from 'commander';
import type { Revocation, RevokeKeys } from '@identity/jwks';
import { systemClock } from '@platform/kernel';
import { print } from '../../output.js';
import { withService } from '../../with-service.js';
import { APPLY_FIRST, chosenStore, type SecretOptions, withSecret } from './options.js';

interface RevokeOptions extends SecretOptions {
  all?: boolean;
  yes?: boolean;
}

export function revokeCommand(): Command {
  return withSecret(new Command('revoke'))
    .description('the emergency: no longer publish or accept a key, at once')
    .argument('[kid]', 'which key, as `identity keys list` shows it')
    .allowUnknownOption() // one kid in 64 begins with a dash, of keys that were not made here
    .option('--all', 'every key, for one new one, and end the sessions of everybody: when the keys are lost or stolen')
    .option('--yes', 'with --all: yes, everybody is to be signed out')
    .addHelpText(
      'after',
      `
Replicas refuse tokens of the key as soon as they have read the keys again, within seconds. Its entry stays, marked
revoked, so that a file restored from a backup does not come back. If it was signing, another active key signs, else the
next one at once, else a new one that this makes. Those who verify by themselves trust the key for as long as they
cache it: what it comes to is printed. People whose token is refused refresh it; only --all signs them out.
A kid of a key that was brought along and begins with -h or -V must stand last, behind --.

In a pod:  identity keys revoke <kid> --in-cluster --secret identity-keys
  or:      identity keys revoke <kid> --print-secret identity-keys | kubectl replace -f -
The first wants get and update on that one Secret; two in a row are safe with it alone.`,
    )
    .action(async (kid: string | undefined, options: RevokeOptions, command: Command) => {
      if ((kid === undefined) !== (options.all === true)) throw new Error('name one key, or say --all');
      if (options.all && !options.yes) {
        throw new Error('--all signs everybody out and has every token refused: say --yes as well');
      }
      const { RevokeKeys } = await import('../../libraries/jwks.js');
      const { readSetting } = await import('../../libraries/config.js');
      const keys = new RevokeKeys(await chosenStore(options), systemClock, readSetting('ACCESS_TOKEN_TTL_SECONDS'));
      if (kid === undefined) await revokeAll(keys, options, command);
      else await tell(command, options, await keys.one(kid));
    });
}

/** The database first: without it half of the work would be done. */
async function revokeAll(keys: RevokeKeys, options: RevokeOptions, command: Command): Promise<void> {
  await withService(async (service) => {
    const { EndEverySession } = await import('../../libraries/auth.js');
    const revocation = await keys.all();
    const progress = (ended: number) => process.stderr.write(`${ended} sessions ended\n`);
    const sessionsEnded = await service
      .get(EndEverySession)
      .execute({ type: 'operator' }, progress)
      .catch((cause: unknown) => {
        throw new Error('the keys are revoked, but sessions live on: run it again', { cause });
      });
    await tell(command, options, revocation, { sessionsEnded });
  });
}

async function tell(
  command: Command,
  options: RevokeOptions,
  { revoked, signing, isNew }: Revocation,
  more = {},
): Promise<void> {
  const result = { revoked: revoked.join(' ') || null, signing, isNew, ...more };
  if (options.printSecret === undefined) print(command, result);
  else process.stderr.write(`${JSON.stringify(result)}\n${APPLY_FIRST}\n`);
  process.stderr.write(`${await consequences(isNew)}\n`);
}

/** Beside the result, for the person who reads along. */
async function consequences(isNew: boolean): Promise<string> {
  const { CONSUMERS, inWords } = await import('../../libraries/jwks.js');
  const names = Math.max(...CONSUMERS.map(({ name }) => name.length));
  const lines = CONSUMERS.map(({ name, trustsFor, refusesNewFor }) => {
    const refuses =
      refusesNewFor === 0 ? 'fetches the new one at once' : `refuses the new one for ${inWords(refusesNewFor)}`;
    return `  ${name.padEnd(names)}  trusts what it knows for ${inWords(trustsFor)}${isNew ? `, ${refuses}` : ''}`;
  });
  return ['Those who verify by themselves, at the most, from the moment the replicas have the keys:', ...lines].join(
    '\n',
  );
}
