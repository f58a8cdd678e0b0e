import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '@platform/database';
import { freePort, poll } from '@platform/testing';
import { randomEmail, randomPhone } from '../support/addresses.js';
import type { Tokens } from '../support/client.js';
import { addressed, requestCode, verifyCode } from '../support/codes.js';
import { behave, type Messaging, SMS_SECRET, startMessaging } from '../support/messaging.js';
import { scrape } from '../support/metrics.js';
import { runIdentity } from '../support/run-identity.js';
import { holds } from '../support/secrets.js';
import { inventory, namesIn, tableOf } from '../support/security-pages.js';
import { type SpawnedService, spawnService, untilReady } from '../support/spawn-service.js';
import { prepareEnvironment } from '../support/start-service.js';

const PASSWORDS = ['correct horse battery 7', 'staple anything but 8'] as const;

let release: () => Promise<void>;
let env: Record<string, string>;
let api: SpawnedService;
let worker: SpawnedService;
let messaging: Messaging;
let redis: Redis;
const keysSeen = new Set<string>();

beforeAll(async () => {
  ({ env, release } = await prepareEnvironment({ LOG_LEVEL: 'trace', SMS_GUARD_MODE: 'record' }));
  await migrate(env.DATABASE_URL ?? '');
  messaging = await startMessaging({ env }, { worker: false });
  api = spawnService(env);
  const own = { RUN_MODE: 'worker', MANAGEMENT_PORT: String(await freePort()), SNOWFLAKE_WORKER_ID: '2' };
  worker = spawnService({ ...env, ...own }, 'worker');
  await Promise.all([untilReady(api), untilReady(worker)]);
  redis = new Redis(env.REDIS_URL ?? '');
});

afterAll(async () => {
  redis.disconnect();
  await Promise.all([api.stop(), worker.stop()]);
  await messaging.stop();
  await release();
});

/** All that Redis holds, as text and as it is written on a disk. */
async function everythingInRedis(): Promise<string> {
  const keys = await redis.keys('*');
  keys.forEach((key) => keysSeen.add(key));
  const dumps = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
  // A dump packs numbers and compresses long texts: the commands that read show them as they are.
  const values = await Promise.all(keys.map(valueOf));
  return [...keys, ...dumps.map((dump) => dump?.toString('latin1') ?? ''), ...values].join('\n');
}

async function valueOf(key: string): Promise<string> {
  switch (await redis.type(key)) {
    case 'hash':
      return JSON.stringify(await redis.hgetall(key));
    case 'string':
      return (await redis.get(key)) ?? '';
    case 'list':
      return JSON.stringify(await redis.lrange(key, 0, -1));
    case 'zset':
      return JSON.stringify(await redis.zrange(key, '0', '-1', 'WITHSCORES'));
    case 'set':
      return JSON.stringify(await redis.smembers(key));
    case 'stream':
      return JSON.stringify(await redis.xrange(key, '-', '+'));
    default:
      return '';
  }
}

/** Every row of every table. */
async function everythingInPostgres(): Promise<string> {
  const client = new pg.Client({ connectionString: env.DATABASE_URL });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('identity', 'public')`,
    );
    const tables = [];
    for (const { name } of rows)
      tables.push(...(await client.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`)).rows);
    return tables.map(({ row }) => row).join('\n');
  } finally {
    await client.end();
  }
}

/** Names and labels; what was counted may be any number. */
async function labelsOf({ managementOrigin }: SpawnedService): Promise<string> {
  return (await scrape(managementOrigin)).replaceAll(/^([^#].*) \S+$/gm, '$1');
}

describe('[ASVS 14.2.2] after every journey', () => {
  const secrets: string[] = [];
  const seen: string[] = [];

  it('codes were sent and entered, while Redis was looked into', async () => {
    const email = randomEmail();
    const phone = randomPhone();
    const { client } = api;
    await behave(messaging.mailUrl, { mode: 'down' });
    const signUp = await client.post('/auth/sign-up', {
      identifier: addressed(email),
      credential: { scheme: 'password', value: PASSWORDS[0] },
    });
    seen.push(await everythingInRedis()); // the job waits for its mail server
    await behave(messaging.mailUrl, { mode: 'accept' });
    const code = await messaging.code(email);
    const completed = await verifyCode(client, 'verify-email', email, signUp.body.challengeId, code);
    const tokens = completed.body as Tokens;
    const bySms = await requestCode(client, 'phone-auth', phone);
    const smsCode = await messaging.code(phone);
    const signedIn = (await verifyCode(client, 'phone-auth', phone, bySms.body.challengeId, smsCode)).body as Tokens;
    await messaging.idle();
    const forgotten = await requestCode(client, 'forgot-password', email);
    await messaging.idle();
    const resetCode = await messaging.code(email);
    const reset = await verifyCode(client, 'forgot-password', email, forgotten.body.challengeId, resetCode);
    const { resetToken } = reset.body as { resetToken: string };
    await client.post('/auth/password/reset', { resetToken, newPassword: PASSWORDS[1] });
    await messaging.idle();
    expect(resetCode).not.toBe(code);
    const made = await runIdentity(env, ['service-accounts', 'create', '--name', 'sister', '--scope', '*', '--json']);
    const { secret: sisterSecret } = JSON.parse(made.out) as { secret: string };
    const header = Buffer.from(`sister:${sisterSecret}`).toString('base64');
    const asSister = { headers: { Authorization: `Basic ${header}` }, body: { token: signedIn.accessToken } };
    await poll('the service account', 3, async () => {
      const { body } = await client.send('POST', '/internal/tokens/introspect', asSister);
      return body.active === true || undefined;
    });
    await client.send('GET', '/internal/users/1', { headers: { Authorization: `Basic ${header.slice(0, -4)}` } });
    const challenges = [signUp, bySms, forgotten].map(({ body }) => body.challengeId as string);
    const issued = [tokens, signedIn].flatMap((each) => [each.accessToken, each.refreshToken, each.deviceToken]);
    secrets.push(
      ...PASSWORDS,
      code,
      smsCode,
      resetCode,
      resetToken,
      ...challenges,
      ...issued,
      SMS_SECRET,
      sisterSecret,
      header,
    );
    expect(secrets.every((secret) => typeof secret === 'string' && secret.length >= 6)).toBe(true);
  });

  it.each<[string, () => Promise<string> | string]>([
    ['Redis', async () => [...seen, await everythingInRedis()].join('\n')],
    ['PostgreSQL', everythingInPostgres],
    ['the log of the API', () => api.output()],
    ['the log of the worker', () => worker.output()],
    ['the metrics', async () => (await labelsOf(api)) + (await labelsOf(worker))],
  ])('none of them is in %s', async (_where, read) => {
    const text = await read();
    expect(text.length).toBeGreaterThan(100);
    expect(secrets.filter((secret) => holds(text, secret))).toEqual([]);
  });

  it('no key is of a kind that the inventory does not have [ASVS 14.1.1]', () => {
    const kinds = tableOf(inventory, 'Redis').flatMap(([names = '']) => namesIn(names));
    const patterns = kinds.map((kind) => new RegExp(`^${kind.replaceAll(/<[a-z]+>/g, '.+')}$`, 's'));
    expect(keysSeen.size).toBeGreaterThan(8);
    expect([...keysSeen].filter((key) => !patterns.some((pattern) => pattern.test(key)))).toEqual([]);
    expect(patterns.some((pattern) => pattern.test('auth:unheard-of:1'))).toBe(false);
  });

  it('the search finds what is there', async () => {
    await redis.set('planted', `a code ${secrets[2]} and ${secrets[0]}`);
    const text = await everythingInRedis();
    await redis.del('planted');
    expect(secrets.filter((secret) => holds(text, secret))).toEqual([secrets[0], secrets[2]]);
  });
});
