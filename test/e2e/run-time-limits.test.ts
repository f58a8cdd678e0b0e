import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type EmbeddedPostgres, freePort, poll, startPostgres } from '@platform/testing';
import { randomPhone } from '../support/addresses.js';
import { type Client, credentials, randomUsername } from '../support/client.js';
import { requestCode } from '../support/codes.js';
import { killWithChildren, serverFolder } from '../support/outages.js';
import { oneByOne, tally } from '../support/races.js';
import { type Replicas, startReplicas } from '../support/replicas.js';
import { untilAvailable } from '../support/retries.js';
import { type SpawnedService, spawnService } from '../support/spawn-service.js';

const PROMISED_MS = 10_000;
const COOLDOWN = 1;
const CODES = 'identity.limits.otp';
const SIGN_IN = 'identity.limits.sign-in';
const TIGHTENED = 'limits are tightened';
const LIFTED = 'limits are those of the settings again';
const KEPT = /the limits stay as they were last read/;

const folder = serverFolder();
let postgres: EmbeddedPostgres;
let replicas: Replicas;
let addresses = 0;

beforeAll(async () => {
  postgres = await startPostgres({ dataDir: join(folder.path, 'data'), durable: true });
  const { url } = await createDatabase(postgres.url, 'identity');
  replicas = await startReplicas({
    DATABASE_URL: url,
    LOG_LEVEL: 'info',
    TRUSTED_PROXY_HOPS: '1',
    SMS_GUARD_MODE: 'record',
    OTP_RESEND_COOLDOWN_SECONDS: String(COOLDOWN),
  });
});
afterAll(async () => {
  await replicas.stop();
  await postgres.stop();
  folder.remove();
});
afterEach(async () => {
  await replicas.identity('configuration', 'unset', CODES);
  await replicas.identity('configuration', 'unset', SIGN_IN);
  await poll(
    'the limits of the settings',
    15,
    async () => (await cooldowns()).every((each) => each === COOLDOWN) || undefined,
  );
});

/** How many lines each replica has written so far. */
const told = () => replicas.all.map((replica) => replica.lines().length);

/** Waits until each replica has said so since then. @returns how long that took, in milliseconds */
async function everywhere(what: string | RegExp, marks: number[]): Promise<number> {
  const startedAt = performance.now();
  const said = (replica: SpawnedService, from = 0) =>
    replica
      .lines()
      .slice(from)
      .some(({ msg = '' }) => (typeof what === 'string' ? msg === what : what.test(msg)));
  await poll(String(what), 15, () => replicas.all.every((replica, at) => said(replica, marks[at])) || undefined);
  return performance.now() - startedAt;
}

async function change(...args: string[]): Promise<number[]> {
  const marks = told();
  await replicas.identity('configuration', ...args);
  return marks;
}

/** What a new code says in seconds about the next one; an answer that took longer than half of one does not tell. */
async function cooldownOf(client: Client): Promise<number> {
  return await poll('a code without delay', 15, async () => {
    const askedAt = Date.now();
    const { status, body } = await requestCode(client, 'phone-auth', randomPhone());
    const tookMs = Date.now() - askedAt;
    if (tookMs > 500 || body.code === 'otp.unavailable') return undefined;
    expect(status).toBe(202);
    return Math.round((Date.parse(String(body.resendAvailableAt)) - askedAt - tookMs / 2) / 1000);
  });
}

const cooldowns = () => Promise.all(replicas.all.map(({ client }) => cooldownOf(client)));

/** Guesses at one identifier, from another address each time. */
async function guesses(client: Client, count: number): Promise<Record<number, number>> {
  const username = randomUsername();
  return tally(
    await oneByOne(count, () =>
      untilAvailable(() =>
        client.send('POST', '/auth/sign-in', {
          body: credentials(username, 'not what it is at all'),
          headers: { 'X-Forwarded-For': `10.9.${Math.floor((addresses += 1) / 250)}.${1 + (addresses % 250)}` },
        }),
      ),
    ),
  );
}

describe('limits that an operator tightens', () => {
  it('hold in every replica within ten seconds, and are lifted as soon, without a restart', async () => {
    expect(await cooldowns()).toEqual([COOLDOWN, COOLDOWN]);
    const row = JSON.stringify({ dailyQuota: 3, 'phone-auth': { resendCooldownSeconds: 300 } });
    expect(await everywhere(TIGHTENED, await change('set', CODES, row))).toBeLessThan(PROMISED_MS);
    expect(await cooldowns()).toEqual([300, 300]);

    expect(await everywhere(LIFTED, await change('unset', CODES))).toBeLessThan(PROMISED_MS);
    expect(await cooldowns()).toEqual([COOLDOWN, COOLDOWN]);
  });

  it('hold for sign-in', async () => {
    const [one, other] = replicas.all.map(({ client }) => client) as [Client, Client];
    expect(await guesses(one, 4)).toEqual({ 401: 4 });
    await everywhere(TIGHTENED, await change('set', SIGN_IN, '{"maxFailures": 3}'));
    expect(await guesses(one, 4)).toEqual({ 401: 3, 429: 1 });
    expect(await guesses(other, 4)).toEqual({ 401: 3, 429: 1 });
    await everywhere(LIFTED, await change('unset', SIGN_IN));
    expect(await guesses(other, 4)).toEqual({ 401: 4 });
  });

  it('hold while requests go on: none fails, and none pays for it', async () => {
    const seen = await cooldowns(); // the replicas may know of the change before the command has ended
    const marks = await change('set', CODES, '{"resendCooldownSeconds": 120}');
    await poll('the change under load', 15, async () => {
      const [one = 0, other = 0] = await cooldowns(); // each is a code that was accepted
      seen.push(one, other);
      return (one === 120 && other === 120) || undefined;
    });
    expect(new Set(seen)).toEqual(new Set([COOLDOWN, 120]));
    expect(await everywhere(TIGHTENED, marks)).toBeLessThan(PROMISED_MS);
  });
});

describe('a limit that is looser than the settings', () => {
  it.each([
    [CODES, '{"dailyQuota": 11}', /dailyQuota: must be at most 10/],
    [CODES, '{"phone-auth": {"lockSeconds": 60}}', /phone-auth\.lockSeconds: must be at least 900/],
    [CODES, '{"dailyQouta": 3}', /dailyQouta/],
    [SIGN_IN, '{"address": {"maxFailures": 11}}', /address\.maxFailures: must be at most 10/],
    ['identity.limits.all', '{}', /identity\.limits\.otp/],
  ])('is refused by the command: %s %s', async (code, json, said) => {
    await expect(replicas.identity('configuration', 'set', code, json)).rejects.toThrow(said);
  });

  it('counts for nothing where it was written past the command, and is told in the log', async () => {
    await everywhere(TIGHTENED, await change('set', CODES, '{"resendCooldownSeconds": 300}'));
    const marks = told();
    const row = '{"dailyQuota": 11, "resendCooldownSeconds": 120}';
    await replicas.sql('UPDATE public."Configuration" SET j_value = $1 WHERE code = $2', [row, CODES]);
    await everywhere('a limit in the configuration counts for nothing', marks);
    expect(await cooldowns()).toEqual([120, 120]);

    const broken = told();
    await replicas.sql(`UPDATE public."Configuration" SET j_value = '{"dailyQouta": 1}' WHERE code = $1`, [CODES]);
    await everywhere('a limit in the configuration counts for nothing', broken);
    await everywhere(LIFTED, broken);
    expect(await cooldowns()).toEqual([COOLDOWN, COOLDOWN]);
    for (const replica of replicas.all) {
      const warnings = replica
        .lines()
        .filter(({ level, configuration }) => level === 'warn' && configuration === CODES);
      expect(warnings).toContainEqual(
        expect.objectContaining({ path: 'dailyQuota', reason: expect.stringMatching(/at most 10/) as string }),
      );
    }
  });
});

describe('while PostgreSQL is away', () => {
  it('replicas keep the limits that they read last, and one that starts has those of the settings', async () => {
    await everywhere(TIGHTENED, await change('set', CODES, '{"resendCooldownSeconds": 300}'));
    const marks = told();
    killWithChildren(postgres.pid());
    await postgres.exited;
    const ports = { PORT: String(await freePort()), MANAGEMENT_PORT: String(await freePort()) };
    const late = spawnService({ ...replicas.env, ...ports });
    try {
      await everywhere(KEPT, marks);
      expect(await cooldowns()).toEqual([300, 300]);
      await poll(
        'the start',
        20,
        async () => (await late.client.get('/healthz').catch(() => undefined))?.status === 200 || undefined,
      );
      expect(await cooldownOf(late.client)).toBe(COOLDOWN);
    } finally {
      await late.stop();
      postgres = await startPostgres({ dataDir: join(folder.path, 'data'), durable: true, port: postgres.port });
    }
    await poll('the database', 20, () => replicas.sql('SELECT 1').then(Boolean, () => undefined));
    const back = await change('unset', CODES);
    await everywhere(LIFTED, back);
    expect(await cooldowns()).toEqual([COOLDOWN, COOLDOWN]);
  });
});
