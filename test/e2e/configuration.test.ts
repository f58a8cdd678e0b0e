import { createCipheriv, randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '@platform/database';
import { runIdentity } from '../support/run-identity.js';
import { prepareEnvironment } from '../support/start-service.js';

const SECRET = 'S3cr3t-of-the-gateway';
const VNPAY = { kind: 'vnpay', url: 'https://sms.example/send', sender: 'NX', partnerCode: 'NX' };

let env: Record<string, string>;
let release: () => Promise<void>;
let client: pg.Client;

beforeAll(async () => {
  ({ env, release } = await prepareEnvironment());
  await migrate(env.DATABASE_URL ?? '');
  client = new pg.Client({ connectionString: env.DATABASE_URL });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await release();
});
beforeEach(async () => {
  await client.query('TRUNCATE public."Configuration"');
});

const identity = (args: string[], input = '') => runIdentity(env, ['configuration', ...args], input);
async function json(args: string[], input = ''): Promise<unknown> {
  const { code, out, err } = await identity([...args, '--json'], input);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
}
async function refused(args: string[], reason: RegExp, input = ''): Promise<void> {
  const { code, out, err } = await identity(args, input);
  expect({ code, out }).toEqual({ code: 1, out: '' });
  expect(err).toMatch(reason);
  expect(err).not.toContain(SECRET);
}
async function rows<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
  return (await client.query<Row>(sql)).rows;
}
const events = () =>
  rows<{ action: string; details: unknown }>(
    `SELECT action, details FROM identity."AuditEvent" WHERE action LIKE 'configuration.%' ORDER BY id`,
  );

describe('identity configuration set', () => {
  it('takes a value and a credential, of which nobody sees the credential again', async () => {
    const before = (await events()).length;
    const args = ['set', 'identity.sms.vnpay', '--json', JSON.stringify(VNPAY), '--credential-stdin'];
    const made = await identity(args, `${SECRET}\n`);
    expect(made).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(made.out)).toEqual({ code: 'identity.sms.vnpay', result: 'created', credential: 'set' });
    const listed = await identity(['list']);
    const [row] = await rows('SELECT * FROM public."Configuration"');
    expect(row).toMatchObject({ group: 'identity.sms', data_type: 'JSON', j_value: VNPAY });
    expect(row?.credential).toMatch(/^v1\.[\da-f]{8}\./);
    const trail = await rows('SELECT * FROM identity."AuditEvent"');
    for (const each of [made.out, listed.out, JSON.stringify(row), JSON.stringify(trail)]) {
      expect(each).not.toContain(SECRET);
    }
    expect((await events()).slice(before)).toEqual([
      { action: 'configuration.set', details: { code: 'identity.sms.vnpay' } },
    ]);
  });

  it('takes texts, numbers and truth values, keeps what is not named, and says when nothing changed', async () => {
    expect(await json(['set', 'a.text', '--text', 'words'])).toMatchObject({ result: 'created' });
    await json(['set', 'a.number', '--number', '-2.5', '--group', 'g', '--description', 'd']);
    expect(await json(['set', 'a.number', '--credential-stdin'], SECRET)).toMatchObject({ result: 'changed' });
    expect(await json(['set', 'a.text', '--text', 'words'])).toMatchObject({ result: 'unchanged' });
    await json(['set', 'a.boolean', '--boolean', 'false']);
    const kept = await rows(
      `SELECT code, "group", description, data_type, n_value, t_value, j_value, bo_value,
         credential IS NOT NULL AS sealed FROM public."Configuration" ORDER BY code`,
    );
    const none = { description: null, n_value: null, t_value: null, j_value: null, bo_value: null, sealed: false };
    expect(kept).toEqual([
      { ...none, code: 'a.boolean', group: 'a', data_type: 'BOOLEAN', bo_value: false },
      { ...none, code: 'a.number', group: 'g', data_type: 'NUMBER', description: 'd', n_value: -2.5, sealed: true },
      { ...none, code: 'a.text', group: 'a', data_type: 'TEXT', t_value: 'words' },
    ]);
  });

  it.each([
    ['what is no JSON', ['set', 'a.b', `{${SECRET}`], /is no JSON/],
    ['two values', ['set', 'a.b', '{}', '--text', 'x'], /one value/],
    ['no number', ['set', 'a.b', '--number', SECRET], /wants a decimal number/],
    ['a provider that is none', ['set', 'identity.sms.x', '{"kind":"vnpay"}'], /sender/],
  ])('refuses %s', async (_what, args, reason) => {
    await refused(args, reason);
    expect(await rows('SELECT FROM public."Configuration"')).toEqual([]);
  });

  it('refuses a credential for a row that is not there', async () => {
    await refused(['set', 'a.b', '--credential-stdin'], /There is no configuration a\.b yet/, SECRET);
  });
});

describe('identity configuration limits', () => {
  it('tells what holds: the settings, what tightens them, and what counts for nothing', async () => {
    const otp = { resendCooldownSeconds: 1, 'phone-auth': { dailyQuota: 2 }, sms: { network: { daily: 4 } } };
    await client.query(
      `INSERT INTO public."Configuration" (id, code, "group", data_type, j_value, updated_at)
       VALUES (1, 'identity.limits.otp', 'identity.limits', 'JSON', $1, now())`,
      [otp], // past `set`, which refuses the first
    );
    await json(['set', 'identity.limits.sign-in', '{"maxFailures": 3}']);
    const { limits, ignored } = (await json(['limits'])) as { limits: Record<string, unknown>[]; ignored: unknown[] };
    const row = (configuration: string, limit: string, setting: number, inForce = setting) => {
      return { configuration: `identity.limits.${configuration}`, limit, setting, inForce };
    };
    const tightened = limits.filter(({ setting, inForce }) => setting !== inForce);
    expect(tightened).toEqual([
      row('otp', 'phone-auth.dailyQuota', 10, 2),
      row('otp', 'sms.network.daily', 10, 4),
      row('sign-in', 'maxFailures', 10, 3),
      row('sign-in', 'address.maxFailures', 10, 3),
    ]);
    expect(limits).toContainEqual(row('otp', 'verify-email.codeTtlSeconds.email', 600));
    expect(limits).toContainEqual(row('otp', 'phone-auth.resendCooldownSeconds', 60));
    expect(limits).toContainEqual(row('sign-in', 'lockSeconds', 900));
    expect(ignored).toContainEqual({
      configuration: 'identity.limits.otp',
      limit: 'resendCooldownSeconds',
      reason: 'must be at least 60 for phone-auth, as the settings say',
    });
    expect(ignored).toHaveLength(3);
    const { out } = await identity(['limits']);
    expect(out).toMatch(/^CONFIGURATION +LIMIT +SETTING +IN FORCE$/m);
    expect(out).toMatch(/^CONFIGURATION +LIMIT +REASON$/m);
  });
});

describe('identity in the pod of a worker', () => {
  it('has configuration and queues, and asks for the files of the API where accounts are changed', async () => {
    const { JWKS_DIR, REFRESH_TOKEN_KEY_FILE, OTP_PEPPER_FILE, ...rest } = env;
    const names = Object.keys({ JWKS_DIR, REFRESH_TOKEN_KEY_FILE, OTP_PEPPER_FILE });
    const worker = { ...rest, RUN_MODE: 'worker' };
    for (const args of [
      ['configuration', 'list'],
      ['queues', 'status'],
    ])
      expect(await runIdentity(worker, args)).toMatchObject({ code: 0, err: '' });
    const { code, err } = await runIdentity(worker, ['users', 'inspect', '1']);
    expect(code).toBe(1);
    for (const name of names) expect(err).toContain(`${name}: is required`);
  });
});

describe('identity configuration list and reencrypt', () => {
  const listed = async () =>
    ((await json(['list'])) as { code: string; credential: string }[]).map(({ code, credential }) => [
      code,
      credential,
    ]);

  it('tell how each credential is kept, and bring all that is ours under today’s key', async () => {
    await json(['set', 'identity.one', '--text', 'x', '--credential-stdin'], SECRET);
    await json(['set', 'identity.plain', '--text', 'x']);
    const old = readFileSync(env.CONFIGURATION_KEY_FILE ?? '', 'utf8').trim();
    const keyFile = env.CONFIGURATION_KEY_FILE ?? '';
    writeFileSync(keyFile, `${randomBytes(32).toString('base64')}\n${old}\n`);
    appendFileSync(keyFile, 'legacy:older secret\n');
    await json(['set', 'identity.two', '--text', 'x', '--credential-stdin'], SECRET);
    await insertOlder('identity.older', 'older secret');
    await insertOlder('orders.older', 'older secret');
    expect(await listed()).toEqual([
      ['identity.older', 'outdated'],
      ['identity.one', 'outdated'],
      ['identity.plain', 'none'],
      ['identity.two', 'current'],
      ['orders.older', 'outdated'],
    ]);
    expect(await json(['reencrypt'])).toEqual({ reencrypted: 2, current: 1, left: 1, unusable: 0 });
    expect(await json(['reencrypt'])).toEqual({ reencrypted: 0, current: 3, left: 1, unusable: 0 });
    expect(await json(['reencrypt', '--others'])).toEqual({ reencrypted: 1, current: 3, left: 0, unusable: 0 });
    expect((await events()).at(-1)).toEqual({ action: 'configuration.reencrypted', details: { reencrypted: 1 } });
  });

  it('name what cannot be opened, and fail', async () => {
    await insertOlder('identity.lost', 'a secret nobody has');
    expect(await listed()).toEqual([['identity.lost', 'unusable']]);
    const { code, out, err } = await identity(['reencrypt', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ reencrypted: 0, unusable: 1 });
    expect(err).toMatch(/identity\.lost/);
  });
});

/** A row as the older service sealed it. */
async function insertOlder(code: string, secret: string): Promise<void> {
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-gcm', secret.slice(0, 32).padEnd(32, '0'), iv);
  const ciphertext = Buffer.concat([cipher.update(SECRET, 'utf8'), cipher.final()]);
  const sealed = Buffer.concat([iv, cipher.getAuthTag(), ciphertext]).toString('base64');
  await client.query('INSERT INTO public."Configuration" (id, code, credential) VALUES ($1, $2, $3)', [
    String(Date.now()) + String(code.length),
    code,
    sealed,
  ]);
}
