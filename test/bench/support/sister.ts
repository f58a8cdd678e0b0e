import { randomBytes } from 'node:crypto';
import type { Stage } from './stage.ts';

let made = 0;

/** A service account with every scope. @returns its `Authorization` */
export async function createSister(stage: Stage, databaseUrl: string): Promise<string> {
  made += 1;
  const [name, secret] = [`bench-${made}`, randomBytes(32).toString('base64url')];
  const how = { overrides: { DATABASE_URL: databaseUrl }, input: secret };
  await stage.identityWith(how, 'service-accounts', 'create', '--name', name, '--scope', '*', '--secret-stdin');
  return `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
}
