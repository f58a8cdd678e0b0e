import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomEmail, randomPhone } from '../support/addresses.js';
import type { Answer } from '../support/client.js';
import { addressed, requestCode, verifyCode, WRONG_CODE } from '../support/codes.js';
import { shapeOf } from '../support/races.js';
import { untilAvailable, upToThree } from '../support/retries.js';
import { startService, type TestService } from '../support/start-service.js';
import { differenceOf, isTelling } from './support/effect-size.js';

/** Of each sort, in turns. */
const SAMPLES = 120;
/** The smallest hash of which the observer sees whether it was made: some four milliseconds. */
const HASH = { PASSWORD_ARGON2_MEMORY_KIB: '4096', PASSWORD_ARGON2_ITERATIONS: '2' };
/** What the observer must notice, in milliseconds. */
const PLANTED_MS = 2;
const OTHER_PASSWORD = 'four words of another kind';

let service: TestService;

beforeAll(async () => {
  service = await startService({
    // A wrong answer locks at once. Each caller is from elsewhere, else the address that all come from would be locked.
    env: {
      SMS_GUARD_MODE: 'record',
      SIGN_IN_MAX_FAILURES: '1',
      OTP_MAX_ATTEMPTS: '1',
      TRUSTED_PROXY_HOPS: '1',
      ...HASH,
    },
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
      let startedAt = 0;
      const answer = await untilAvailable(() => {
        startedAt = performance.now();
        return call(pair[sort]);
      });
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
  // How long a lock still lasts is of the one request too.
  return JSON.stringify([body, kinds, names, answer.headers.get('retry-after')?.length]);
}

function signUp(value: string): Promise<Answer> {
  const credential = { scheme: 'password', value: OTHER_PASSWORD };
  return service.client.post('/auth/sign-up', { identifier: addressed(value), credential });
}

let callers = 0;
function signIn(value: string): Promise<Answer> {
  const body = { identifier: addressed(value), credential: { scheme: 'password', value: OTHER_PASSWORD } };
  callers += 1;
  const address = `10.0.${Math.floor(callers / 250)}.${1 + (callers % 250)}`;
  return service.client.send('POST', '/auth/sign-in', { body, headers: { 'X-Forwarded-For': address } });
}

/** A guess at a code that somebody asked for, for each purpose. */
function guesses(namespace: Parameters<typeof requestCode>[1]) {
  const challenges = new Map<string, unknown>();
  return {
    ask: async (values: string[]) => {
      for (const value of values) {
        const { body } = await untilAvailable(() => requestCode(service.client, namespace, value));
        challenges.set(value, body.challengeId);
      }
    },
    guess: (value: string) =>
      verifyCode(service.client, namespace, value, challenges.get(value) ?? NO_CHALLENGE, WRONG_CODE),
  };
}
const NO_CHALLENGE = 'AAAAAAAAAAAAAAAAAAAAAA';
const [forgotten, proof, bySms] = [guesses('forgot-password'), guesses('verify-email'), guesses('phone-auth')];

const JOURNEYS: [string, Call, () => string, ((values: string[]) => Promise<void>)?][] = [
  ['a forgotten password by mail', (value) => requestCode(service.client, 'forgot-password', value), randomEmail],
  ['a forgotten password by SMS', (value) => requestCode(service.client, 'forgot-password', value), randomPhone],
  ['a sign-in by SMS', (value) => requestCode(service.client, 'phone-auth', value), randomPhone],
  ['the proof of an address', (value) => requestCode(service.client, 'verify-email', value), randomEmail],
  ['a sign-up by mail', signUp, randomEmail],
  ['a sign-up by phone', signUp, randomPhone],
  ['a sign-in with a wrong password', signIn, randomEmail],
  ['a sign-in with a phone number and a wrong password', signIn, randomPhone],
  ['a guess at the code of a forgotten password', forgotten.guess, randomEmail, forgotten.ask],
  ['a guess at the code that proves an address', proof.guess, randomEmail, proof.ask],
  ['a guess at the code of a sign-in', bySms.guess, randomPhone, bySms.ask],
  ['a guess at a code that nobody asked for', guesses('forgot-password').guess, randomEmail],
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
    expect([...shapes[0]][0]).not.toContain('"httpStatus":429');
    const difference = differenceOf(...times);
    expect({ ...difference, telling: isTelling(difference) }).toMatchObject({ telling: false });
  });
});

/** What locks an address, what is tried then, and what is answered. */
const LOCKED: [string, (values: string[]) => Promise<void>, Call, string][] = [
  ['for guesses at a code', forgotten.ask, forgotten.guess, 'otp.locked'],
  ['for another code', forgotten.ask, (value) => requestCode(service.client, 'forgot-password', value), 'otp.locked'],
  ['for passwords', () => Promise.resolve(), signIn, 'auth.throttled'],
];

describe.each(LOCKED)('an address that is locked %s', (_name, prepare, call, code) => {
  it.each(['known', 'disabled'] as const)('is answered alike whether or not an account is %s', async (account) => {
    const [nobodys, somebodys] = [
      await addresses('unknown', SAMPLES, randomEmail),
      await addresses(account, SAMPLES, randomEmail),
    ];
    await prepare([...nobodys, ...somebodys]);
    const lock = code === 'otp.locked' ? forgotten.guess : signIn;
    for (const value of [...nobodys, ...somebodys]) await untilAvailable(() => lock(value));
    const { times, shapes } = await observe(call, nobodys, somebodys);
    expect([...shapes[0]].every((shape) => shape.includes(code))).toBe(true);
    expect([...shapes[0]]).toEqual([...shapes[1]]);
    const difference = differenceOf(...times);
    expect({ ...difference, telling: isTelling(difference) }).toMatchObject({ telling: false });
  });
});

describe('the observer', () => {
  it(`tells ${PLANTED_MS} ms apart`, async () => {
    const call: Call = (value) => requestCode(service.client, 'forgot-password', value);
    const look = async () => {
      const [first, second] = [
        await addresses('unknown', SAMPLES, randomEmail),
        await addresses('unknown', SAMPLES, randomEmail),
      ];
      const { times } = await observe(call, first, second, PLANTED_MS);
      return differenceOf(...times);
    };
    expect(await upToThree(look, isTelling)).toSatisfy(isTelling);
  });
});
