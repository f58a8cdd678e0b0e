import { type Command, InvalidArgumentError } from 'commander';
import type { KeyStore } from '@identity/jwks';
import { LEAD_SECONDS } from '../../choices.js';

/** Where the changed keys go when not into JWKS_DIR. */
export interface SecretOptions {
  printSecret?: string;
  inCluster?: boolean;
  secret?: string;
  namespace?: string;
}

/** `--lead-seconds` and `--force`. */
export function withLead(command: Command): Command {
  return command
    .option(
      '--lead-seconds <seconds>',
      `how long it is published before it signs; less than ${LEAD_SECONDS.least} wants --force`,
      wholeNumber,
      LEAD_SECONDS.usual,
    )
    .option('--force', 'although the lead is shorter than the caches of some who verify, or another key waits');
}

/** `--print-secret`, `--in-cluster`, `--secret` and `--namespace`. */
export function withSecret(command: Command): Command {
  return command
    .option('--print-secret <name>', 'write nothing, print the whole Secret as YAML: in a pod the keys are read-only')
    .option('--in-cluster', 'change the Secret through the API of Kubernetes, with the service account of the pod')
    .option('--secret <name>', 'name of the Secret, for --in-cluster')
    .option('--namespace <ns>', 'namespace of the Secret; with --in-cluster that of the pod by default');
}

/** Beside what was printed: the next change would undo this one, were it made of what was mounted before. */
export const APPLY_FIRST =
  'Change nothing more until `identity keys list` shows this here, a minute or so after it was applied.';

/** The keys of JWKS_DIR, which are changed there, or printed as the Secret that is to replace them; or the Secret itself. */
export async function chosenStore({ printSecret, inCluster, secret, namespace }: SecretOptions): Promise<KeyStore> {
  const { KeyDirectory, KubernetesSecret, PrintedSecret } = await import('../../libraries/jwks.js');
  const { readSetting } = await import('../../libraries/config.js');
  if (secret !== undefined && !inCluster)
    throw new Error('--secret is for --in-cluster; else say --print-secret <name>');
  if (inCluster) {
    if (secret === undefined || printSecret !== undefined)
      throw new Error('--in-cluster wants --secret <name>, and no --print-secret');
    return await KubernetesSecret.inCluster({ name: secret, namespace });
  }
  const directory = new KeyDirectory(readSetting('JWKS_DIR'));
  if (printSecret === undefined) return directory;
  return new PrintedSecret(directory, { name: printSecret, namespace }, (yaml) => process.stdout.write(yaml));
}

/** A number without sign or fraction. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('Write a whole number.');
  return Number(text);
}
