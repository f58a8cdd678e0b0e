import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomEmail, randomPhone } from '../support/addresses.js';
import type { Answer } from '../support/client.js';
import { addressed, requestCode, verifyCode } from '../support/codes.js';
import { shapeOf } from '../support/races.js';
import { startService, type TestService } from '../support/start-service.js';
import { differenceOf, isTelling } from './support/effect-size.js';

/** Of each sort, in turns. */
const SAMPLES = 120;
/** What the observer must notice, in milliseconds. */
const PLANTED_MS = 2;
const OTHER_PASSWORD = 'four words of another kind';

let service: TestService;

beforeAll(async () => {
  service = await startService({
    env: { SMS_GUARD_MODE: 'record', SIGN_IN_MAX_FAILURES: '1000', OTP_MAX_ATTEMPTS: '1' },
  });
});

afterAll(async () => {
  await service.stop();
});

type Account = 'known' | 'disabled' | 'unknown';
type Call = (value: string) => Promise<Answer>;

/** So many addresses, and an account for each unless they are to be unknown. */
async function addresses(account: Account, count: number, random: () => string): Promise<string[]> {
  const values = Array.from({ length: count }, random);
  if (account === 'unknown') return values;
  const { username } = await service.client.signUp();
  // Copies of one account under names of their own, since each address may be asked for once.
  await service.sql(
    `WITH template AS (
       SELECT i.user_id, c.secret FROM identity."UserIdentifier" i JOIN identity."UserCredential" c USING (user_id)
       WHERE i.value = $2
     ), numbered AS (
       SELECT value, row_number() OVER () + (SELECT coalesce(max(id), 0) FROM identity."User" WHERE id < 1000000) AS id
       FROM unnest($1::text[]) value
     ), u AS (
       INSERT INTO identity."User" (id, status, activated_at) SELECT id, $3, now() FROM numbered RETURNING id
     ), c AS (
       INSERT INTO identity."UserCredential" (id, user_id, scheme, secret)
       SELECT n.id, n.id, 'password', t.secret FROM numbered n, template t
     )
     INSERT INTO identity."UserIdentifier" (id, user_id, scheme, value, display, verified_at)
     SELECT id, id, CASE WHEN value LIKE '+%' THEN 'phone' ELSE 'email' END, value, value, now() FROM numbered`,
    [values, username, account === 'known' ? 'active' : 'disabled'],
  );
  return values;
}

/** How long the calls for two sorts of addresses took, in turns, and the answers' shapes. */
async function observe(call: Call, first: string[], second: string[], plantedMs = 0) {
  const times: [number[], number[]] = [[], []];
  const shapes: [Set<string>, Set<string>] = [new Set(), new Set()];
  for (let at = 0; at < first.length; at += 1) {
    const pair = [first[at] ?? '', second[at] ?? ''] as const;
    for (const sort of at % 2 ? ([0, 1] as const) : ([1, 0] as const)) {
      const startedAt = performance.now();
      const answer = await call(pair[sort]);
      if (sort === 1 && plantedMs > 0) await delay(plantedMs);
      times[sort].push(performance.now() - startedAt);
      shapes[sort].add(appearance(answer));
    }
  }
  return { times, shapes };
}

/** All of an answer that does not belong to the one request. */
function appearance(answer: Answer): string {
  const { requestId: _id, challengeId, expiresAt, resendAvailableAt, ...body } = shapeOf(answer);
  const kinds = [challengeId, expiresAt, resendAvailableAt].map((value) =>
    typeof value === 'string' ? value.length : 0,
  );
  const names = [...answer.headers.keys()].filter((name) => name !== 'date').toSorted();
  return JSON.stringify([body, kinds, names, answer.headers.get('retry-after')]);
}

function signUp(value: string): Promise<Answer> {
  const credential = { scheme: 'password', value: OTHER_PASSWORD };
  return service.client.post('/auth/sign-up', { identifier: addressed(value), credential });
}

function signIn(value: string): Promise<Answer> {
  return service.client.post('/auth/sign-in', {
    identifier: addressed(value),
    credential: { scheme: 'password', value: OTHER_PASSWORD },
  });
}

/** A guess at a code that somebody asked for. */
async function guess(value: string): Promise<Answer> {
  const challenge = challenges.get(value);
  return await verifyCode(service.client, 'forgot-password', value, challenge, '000000');
}
const challenges = new Map<string, unknown>();

/** Has a code asked for each, so that there is one to guess at. */
async function ask(values: string[]): Promise<void> {
  for (const value of values) {
    challenges.set(value, (await requestCode(service.client, 'forgot-password', value)).body.challengeId);
  }
}

const JOURNEYS: [string, Call, () => string, ((values: string[]) => Promise<void>)?][] = [
  ['a forgotten password by mail', (value) => requestCode(service.client, 'forgot-password', value), randomEmail],
  ['a forgotten password by SMS', (value) => requestCode(service.client, 'forgot-password', value), randomPhone],
  ['a sign-in by SMS', (value) => requestCode(service.client, 'phone-auth', value), randomPhone],
  ['the proof of an address', (value) => requestCode(service.client, 'verify-email', value), randomEmail],
  ['a sign-up by mail', signUp, randomEmail],
  ['a sign-up by phone', signUp, randomPhone],
  ['a sign-in with a wrong password', signIn, randomEmail],
  ['a guess at a code', guess, randomEmail, ask],
];

describe.each(JOURNEYS)('[ASVS 6.3.8] %s', (_name, call, random, prepare) => {
  it.each(['known', 'disabled'] as const)('does not tell whether an account is %s', async (account) => {
    const [nobodys, somebodys] = [
      await addresses('unknown', SAMPLES, random),
      await addresses(account, SAMPLES, random),
    ];
    await prepare?.([...nobodys, ...somebodys]);
    const { times, shapes } = await observe(call, nobodys, somebodys);
    expect([...shapes[0]]).toEqual([...shapes[1]]);
    expect(shapes[0].size).toBe(1);
    const difference = differenceOf(...times);
    expect({ ...difference, telling: isTelling(difference) }).toMatchObject({ telling: false });
  });
});

describe('a locked address', () => {
  it('is answered alike whether or not it has an account', async () => {
    const count = 40;
    const [nobodys, somebodys] = [
      await addresses('unknown', count, randomEmail),
      await addresses('known', count, randomEmail),
    ];
    await ask([...nobodys, ...somebodys]);
    for (const value of [...nobodys, ...somebodys]) await guess(value);
    const { times, shapes } = await observe(guess, nobodys, somebodys);
    expect([...shapes[0]].map((shape) => shape.includes('otp.locked'))).toContain(true);
    expect(isTelling(differenceOf(...times))).toBe(false);
  });
});

describe('the observer', () => {
  it(`tells ${PLANTED_MS} ms apart`, async () => {
    const call: Call = (value) => requestCode(service.client, 'forgot-password', value);
    const [first, second] = [
      await addresses('unknown', SAMPLES, randomEmail),
      await addresses('unknown', SAMPLES, randomEmail),
    ];
    const { times } = await observe(call, first, second, PLANTED_MS);
    expect(isTelling(differenceOf(...times))).toBe(true);
  });
});
