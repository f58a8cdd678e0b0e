import { randomBytes } from 'node:crypto';
import { seedPeople } from './people.ts';
import { fillPolicies } from './policies.ts';
import type { Stage } from './stage.ts';

const POLICIES = 1000;
let made = 0;

/** A service account with every scope. @returns its `Authorization` */
export async function createSister(stage: Stage, databaseUrl: string): Promise<string> {
  made += 1;
  const [name, secret] = [`bench-${made}`, randomBytes(32).toString('base64url')];
  const how = { overrides: { DATABASE_URL: databaseUrl }, input: secret };
  await stage.identityWith(how, 'service-accounts', 'create', '--name', name, '--scope', '*', '--secret-stdin');
  return `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`;
}

/** A service with people to sign in, some policies and a sister that asks for checks. */
export async function startForEverybody(stage: Stage): Promise<{ origin: string; authorization: string }> {
  await seedPeople(stage);
  await fillPolicies(stage.databaseUrl, POLICIES);
  const authorization = await createSister(stage, stage.databaseUrl);
  const { origin } = await stage.startApi();
  return { origin, authorization };
}
