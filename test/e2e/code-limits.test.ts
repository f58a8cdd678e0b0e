import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '@platform/testing';
import { randomEmail, randomPhone } from '../support/addresses.js';
import type { Answer, Client } from '../support/client.js';
import { requestCode, verifyCode, WRONG_CODE } from '../support/codes.js';
import { type Messaging, startMessaging } from '../support/messaging.js';
import { atOnce, tally } from '../support/races.js';
import { untilAvailable } from '../support/retries.js';
import { type SpawnedService, spawnService, untilReady } from '../support/spawn-service.js';
import { startService, type TestService } from '../support/start-service.js';

const PROCESSES = 4;

let service: TestService;
let messaging: Messaging;
let others: SpawnedService[];
let clients: Client[];
let redis: Redis;

beforeAll(async () => {
  service = await startService({ env: { SMS_GUARD_MODE: 'record' } });
  messaging = await startMessaging(service);
  others = await Promise.all(
    Array.from({ length: PROCESSES - 1 }, async () => {
      const ports = { PORT: String(await freePort()), MANAGEMENT_PORT: String(await freePort()) };
      return spawnService({ ...service.env, ...ports, SNOWFLAKE_WORKER_ID: 'auto' });
    }),
  );
  await Promise.all(others.map(untilReady));
  clients = [service.client, ...others.map(({ client }) => client)];
  redis = new Redis(service.env.REDIS_URL ?? '');
});

afterAll(async () => {
  redis.disconnect();
  await Promise.all(others.map((other) => other.stop()));
  await messaging.stop();
  await service.stop();
});

const NAMESPACES = [
  ['verify-email', randomEmail],
  ['phone-auth', randomPhone],
  ['forgot-password', randomEmail],
] as const;
const clientFor = (index: number) => clients[index % clients.length] as Client;

function expectLimited(answer: Answer, code: string, limit: string): void {
  expect(answer).toMatchObject({ status: 429, body: { code, limit } });
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
}

describe.each(NAMESPACES)('a code for %s, over four processes', (namespace, random) => {
  it('[ASVS 6.6.3] can be guessed at five times, however many guess at once; then it is locked for all', async () => {
    const value = random();
    const { body } = await untilAvailable(() => requestCode(service.client, namespace, value));
    const guess = (index: number) => verifyCode(clientFor(index), namespace, value, body.challengeId, WRONG_CODE);
    const answers = await atOnce(200, guess);
    const { 401: compared = 0, 429: refused = 0, 503: unheard = 0 } = tally(answers);
    expect(compared).toBeGreaterThan(0);
    expect(compared).toBeLessThanOrEqual(5);
    // A Redis that is slow for a quarter second is as good as away.
    expect(refused + unheard).toBe(200 - compared);
    for (let index = 0; index < PROCESSES; index += 1) {
      for (const call of [() => guess(index), () => requestCode(clientFor(index), namespace, value)]) {
        expectLimited(await untilAvailable(call), 'otp.locked', 'otp-lock');
      }
    }
    expect(await redis.exists(`${namespace}:code:${value}`, `${namespace}:attempts:${value}`)).toBe(0);
    // As the runbook says: without its lock it has a fresh budget.
    await redis.del(`${namespace}:lock:${value}`, `${namespace}:cooldown:${value}`);
    expect((await untilAvailable(() => requestCode(service.client, namespace, value))).status).toBe(202);
  });

  it('is sent once, however often it is asked for at once', async () => {
    const value = random();
    const answers = await atOnce(50, (index) => requestCode(clientFor(index), namespace, value));
    const { 202: sent = 0, 429: refused = 0, 503: unheard = 0 } = tally(answers);
    expect(sent).toBeLessThanOrEqual(1);
    expect(refused).toBeGreaterThan(0);
    expect(sent + refused + unheard).toBe(50);
    expect(sent + unheard).toBeGreaterThan(0);
    for (const answer of answers.filter(({ status }) => status === 429)) {
      expectLimited(answer, 'otp.cooldown', 'otp-cooldown');
    }
    await messaging.idle();
    expect((await messaging.all(value)).length).toBeLessThanOrEqual(1);
  });
});

describe('a guess', () => {
  it('with a challenge that is not the pending one locks nobody out', async () => {
    const email = randomEmail();
    const { body } = await untilAvailable(() => requestCode(service.client, 'verify-email', email));
    const code = await messaging.code(email);
    const strangers = await atOnce(50, () =>
      verifyCode(service.client, 'verify-email', email, 'AAAAAAAAAAAAAAAAAAAAAA', code),
    );
    const { 401: wrong = 0, 503: unheard = 0 } = tally(strangers);
    expect(wrong).toBeGreaterThan(5);
    expect(wrong + unheard).toBe(50);
    const right = () => verifyCode(service.client, 'verify-email', email, body.challengeId, code);
    expect((await untilAvailable(right)).status).toBe(200);
  });

  it('at a code of another purpose or address is as wrong as any', async () => {
    const email = randomEmail();
    const { body } = await untilAvailable(() => requestCode(service.client, 'verify-email', email));
    const code = await messaging.code(email);
    expect((await verifyCode(service.client, 'forgot-password', email, body.challengeId, code)).status).toBe(401);
    expect((await verifyCode(service.client, 'verify-email', randomEmail(), body.challengeId, code)).status).toBe(401);
    expect((await verifyCode(service.client, 'verify-email', email, body.challengeId, code)).status).toBe(200);
  });

  it('is worth the same after an API process died', async () => {
    const email = randomEmail();
    const [first] = others as [SpawnedService];
    const { body } = await requestCode(first.client, 'verify-email', email);
    const code = await messaging.code(email);
    first.signal('SIGKILL');
    await first.ended;
    expect((await verifyCode(service.client, 'verify-email', email, body.challengeId, code)).status).toBe(200);
    clients = clients.filter((client) => client !== first.client);
  });
});
