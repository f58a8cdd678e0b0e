import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Credentials } from './credentials.js';
import type { Operator } from './operator.js';
import { step } from './terminal.js';

export const ADMINISTRATOR = { scheme: 'username', value: 'admin' };

/**
 * Brings keys, schema, administrator and service account into being. In development the accounts of an earlier start,
 * or of another folder on the same database, are given these credentials; elsewhere they are left alone.
 */
export async function seed(
  run: Operator,
  settings: Record<string, string>,
  { adminPassword, serviceAccount }: Credentials,
): Promise<void> {
  const ours = settings['NODE_ENV'] === 'development';
  if (!existsSync(join(settings['JWKS_DIR'] ?? '', 'manifest.json'))) {
    await step('signing key generated', () => run(['keys', 'generate', '--json']));
  }
  await step('migrations applied', () => run(['migrate']));
  await step('administrator present', () => run(administrator(ours), adminPassword));
  await step('service account present', () => run(sister(serviceAccount.name, ours), serviceAccount.secret));
}

function administrator(replace: boolean): string[] {
  const who = ['--scheme', ADMINISTRATOR.scheme, '--value', ADMINISTRATOR.value];
  return ['admin', 'create', ...who, '--password-stdin', ...(replace ? ['--replace-password'] : []), '--json'];
}

function sister(name: string, replace: boolean): string[] {
  const what = ['--name', name, '--scope', '*', '--secret-stdin', ...(replace ? ['--replace'] : [])];
  return ['service-accounts', 'create', ...what, '--json'];
}
