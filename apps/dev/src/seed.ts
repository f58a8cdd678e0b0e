import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Credentials, loadCredentials } from './credentials.js';
import { writeJson } from './data-folder.js';
import type { Operator } from './operator.js';
import { Problem } from './problem.js';
import { step } from './terminal.js';

export const ADMINISTRATOR = { scheme: 'username', value: 'admin' };
const SISTER = 'dev-sister';

export type Seeded = Credentials & Required<Pick<Credentials, 'serviceAccount'>>;

/** Brings keys, schema, administrator and service account into being; what is there already is left alone. */
export async function seed(
  run: Operator,
  keysDir: string,
  credentialsFile: string,
  freshDatabase: boolean,
): Promise<Seeded> {
  if (!existsSync(join(keysDir, 'manifest.json'))) {
    await step('signing key generated', () => run(['keys', 'generate', '--json']));
  }
  await step('migrations applied', () => run(['migrate']));
  const credentials = loadCredentials(credentialsFile);
  const { scheme, value } = ADMINISTRATOR;
  await step('administrator present', () =>
    run(
      ['admin', 'create', '--scheme', scheme, '--value', value, '--password-stdin', '--json'],
      credentials.adminPassword,
    ),
  );
  // A secret that was kept for another database opens nothing in this one.
  const kept = freshDatabase ? undefined : credentials.serviceAccount;
  const serviceAccount = kept ?? (await step('service account created', () => createServiceAccount(run)));
  const seeded = { ...credentials, serviceAccount };
  if (!kept) writeJson(credentialsFile, seeded);
  return seeded;
}

async function createServiceAccount(run: Operator): Promise<{ name: string; secret: string }> {
  const answer = await run(['service-accounts', 'create', '--name', SISTER, '--scope', '*', '--json']);
  const { name, secret } = (answer ?? {}) as { name?: unknown; secret?: unknown };
  if (typeof name === 'string' && typeof secret === 'string') return { name, secret };
  throw new Problem('`identity service-accounts create --json` did not print a name and a secret.');
}
