import { randomBytes } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poll, testRedisUrl } from '@platform/testing';
import type { CodeOrder } from './application/request-code.js';
import { mailOrder, type Otp, type OtpOptions, otpOn, outcomes, phoneOrder, tally, wrong } from './testing/otp.js';

const INVALID = { code: 'otp.invalid-code', kind: 'unauthenticated' };
const LOCKED = { code: 'otp.locked', kind: 'limited', limit: 'otp-lock' };

let clients: Redis[];
let redis: Redis;
let otp: Otp;

beforeAll(async () => {
  Logger.overrideLogger(false);
  const url = await testRedisUrl();
  clients = Array.from({ length: 4 }, () => new Redis(url));
  redis = clients[0]!;
  await redis.flushdb();
  otp = otpOn(redis);
});

afterAll(async () => {
  await Promise.all(clients.map((client) => client.quit()));
});

const key = (what: string, { namespace, identifier }: CodeOrder) => `${namespace}:${what}:${identifier.value}`;
const cool = (order: CodeOrder) => redis.del(key('cooldown', order));

/** So many seconds, less the few that have passed since. */
const about = (most: number) => expect.toSatisfy((seconds) => seconds > most - 10 && seconds <= most) as number;

/** Sends a code and answers what can be tried with it. */
async function sent(order: CodeOrder, { request, queue, verify }: Otp = otp) {
  const challenge = await request.execute(order);
  const { code } = queue;
  const guess = (changes: object = {}, by = verify) =>
    by.execute({ ...order, challengeId: challenge.challengeId, code, ...changes });
  return { challenge, code, guess };
}

describe('a code that was asked for', () => {
  it('is ordered for the address, with the times of its challenge, and verified once', async () => {
    const order = mailOrder();
    const now = new Date('2026-11-24T10:00:00.000Z');
    const { challenge, guess, code } = await sent(order, otpOn(redis, { clock: { now: () => now } }));
    expect(challenge).toEqual({
      challengeId: expect.stringMatching(/^[\w-]{22}$/) as string,
      expiresAt: new Date('2026-11-24T10:10:00.000Z'),
      resendAvailableAt: new Date('2026-11-24T10:01:00.000Z'),
      codeLength: 6,
    });
    expect(code).toMatch(/^\d{6}$/);
    await guess({}, otp.verify);
    await expect(guess({}, otp.verify)).rejects.toMatchObject(INVALID);
  });

  it('travels with templates that leave the decision to the worker, and an id that is the challenge’s', async () => {
    const { request, queue } = otpOn(redis, { accountsOpen: false });
    const order = phoneOrder();
    const digests: Buffer[] = [];
    await request.execute({ ...order, locale: 'en' }, async ({ digest }) => void digests.push(digest));
    expect(queue.orders).toEqual([
      {
        id: `code-${digests[0]!.toString('hex')}`,
        channel: 'sms',
        to: order.identifier.value,
        locale: 'en',
        templates: { nobody: null, active: 'phone-auth', disabled: null },
        values: { code: queue.code, minutes: '5' },
        expiresAt: expect.any(Date) as Date,
      },
    ]);
    await redis.flushdb();
  });

  it('[ASVS 6.6.2] is bound to its namespace, its identifier and its challenge', async () => {
    const [order, other] = [mailOrder(), mailOrder()];
    const { guess } = await sent(order);
    const { challenge } = await sent(other);
    await sent({ ...order, namespace: 'forgot-password' });
    await expect(guess({ namespace: 'forgot-password' })).rejects.toMatchObject(INVALID);
    await expect(guess({ namespace: 'phone-auth' })).rejects.toMatchObject(INVALID);
    await expect(guess({ identifier: other.identifier })).rejects.toMatchObject(INVALID);
    await expect(guess({ challengeId: challenge.challengeId })).rejects.toMatchObject(INVALID);
    await guess();
  });

  it('[ASVS 6.6.2] ends the one before', async () => {
    const order = mailOrder();
    const first = await sent(order);
    await cool(order);
    const second = await sent(order);
    await expect(first.guess()).rejects.toMatchObject(INVALID);
    await expect(second.guess({ challengeId: first.challenge.challengeId })).rejects.toMatchObject(INVALID);
    await second.guess();
  });

  it('[ASVS 6.5.5] ends with its lifetime, of mail and of SMS', async () => {
    const mail = mailOrder();
    const { guess } = await sent(mail);
    const ttl = await redis.pttl(key('code', mail));
    expect(ttl).toBeGreaterThan(590_000);
    expect(ttl).toBeLessThanOrEqual(600_000);
    await redis.pexpire(key('code', mail), 1);
    await poll('The end of the code', 5, async () => ((await redis.exists(key('code', mail))) ? undefined : true));
    await expect(guess()).rejects.toMatchObject(INVALID);
    const sms = phoneOrder();
    await sent(sms);
    expect(await redis.pttl(key('code', sms))).toBeLessThanOrEqual(300_000);
  });

  it('may be typed with spaces and other digits', async () => {
    const { guess, code } = await sent(mailOrder());
    const fullWidth = code.replace(/\d/g, (digit) => String.fromCharCode(0xff10 + Number(digit)));
    await expect(guess({ code: ` ${fullWidth.slice(0, 3)}-${fullWidth.slice(3)} ` })).resolves.toBeUndefined();
  });

  it('is refused where the namespace does not serve the scheme', async () => {
    const refused = otp.request.execute({ ...mailOrder(), namespace: 'phone-auth' });
    await expect(refused).rejects.toMatchObject({ code: 'request.invalid', errors: [{ code: 'scheme-not-served' }] });
  });
});

describe('guessing', () => {
  it('[ASVS 6.5.1] of one code by 100 right answers at once from four processes succeeds once', async () => {
    const all = clients.map((client) => otpOn(client));
    const { guess } = await sent(mailOrder());
    const results = await outcomes(Array.from({ length: 100 }, (_, at) => guess({}, all[at % 4]!.verify)));
    expect(tally(results)).toEqual({ ok: 1, 'otp.invalid-code': 99 });
  });

  it('[ASVS 6.6.3] 200 times at once from four processes compares five times, then all are locked out', async () => {
    const all = clients.map((client) => otpOn(client));
    const order = mailOrder();
    const { guess, code } = await sent(order);
    const guesses = Array.from({ length: 200 }, (_, at) => guess({ code: wrong(code) }, all[at % 4]!.verify));
    expect(tally(await outcomes(guesses))).toEqual({ 'otp.invalid-code': 5, 'otp.locked': 195 });
    for (const { verify, request } of all) {
      const locked = { ...LOCKED, retryAfterSeconds: about(900) };
      await expect(guess({}, verify)).rejects.toMatchObject(locked);
      await expect(request.execute(order)).rejects.toMatchObject(locked);
    }
    expect(await redis.exists(key('code', order), key('attempts', order))).toBe(0);
  });

  it('is unlocked by deleting the lock, with a fresh budget and without a wait', async () => {
    const order = mailOrder();
    const { guess, code } = await sent(order);
    await outcomes(Array.from({ length: 5 }, () => guess({ code: wrong(code) })));
    await expect(guess()).rejects.toMatchObject(LOCKED);
    expect(await redis.del(key('lock', order))).toBe(1);
    await expect(guess()).rejects.toMatchObject(INVALID);
    const next = await sent(order);
    const four = Array.from({ length: 4 }, () => next.guess({ code: wrong(next.code) }));
    expect(tally(await outcomes(four))).toEqual({ 'otp.invalid-code': 4 });
    await next.guess();
  });

  it('has one budget, which a new code does not renew', async () => {
    const order = mailOrder();
    for (let count = 0; count < 5; count += 1) {
      await cool(order);
      const { guess, code } = await sent(order);
      await expect(guess({ code: wrong(code) })).rejects.toMatchObject(INVALID);
    }
    await cool(order);
    await expect(otp.request.execute(order)).rejects.toMatchObject(LOCKED);
  });

  it('has a fresh budget after a success', async () => {
    const order = mailOrder();
    for (let round = 0; round < 2; round += 1) {
      await cool(order);
      const { guess, code } = await sent(order);
      const four = Array.from({ length: 4 }, () => guess({ code: wrong(code) }));
      expect(tally(await outcomes(four))).toEqual({ 'otp.invalid-code': 4 });
      expect(await redis.pttl(key('attempts', order))).toBeGreaterThan(890_000);
      await guess();
      expect(await redis.exists(key('attempts', order))).toBe(0);
    }
  });

  it('by strangers without the challenge costs the owner nothing', async () => {
    const { guess } = await sent(mailOrder());
    const strangers = Array.from({ length: 50 }, () => guess({ challengeId: randomBytes(16).toString('base64url') }));
    expect(tally(await outcomes(strangers))).toEqual({ 'otp.invalid-code': 50 });
    await guess();
  });

  it('is stopped, not compared, where the maximum was lowered meanwhile', async () => {
    const order = mailOrder();
    const { guess, code } = await sent(order);
    await outcomes(Array.from({ length: 3 }, () => guess({ code: wrong(code) })));
    const { verify } = otpOn(redis, { limits: { maxAttempts: 2 } });
    await expect(guess({}, verify)).rejects.toMatchObject(LOCKED);
  });
});

describe('asking', () => {
  it('50 times at once sends one code; the others are told which limit and how long', async () => {
    const all = clients.map((client) => otpOn(client));
    const order = mailOrder();
    const settled = await Promise.allSettled(
      Array.from({ length: 50 }, (_, at) => all[at % 4]!.request.execute(order)),
    );
    const refused = settled.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []));
    expect(refused).toHaveLength(49);
    for (const error of refused)
      expect(error).toMatchObject({
        code: 'otp.cooldown',
        kind: 'limited',
        limit: 'otp-cooldown',
        retryAfterSeconds: about(60),
      });
    expect(all.flatMap(({ queue }) => queue.orders)).toHaveLength(1);
  });

  it('is refused after the quota of the day, which lasts from its first code', async () => {
    const order = mailOrder();
    const few = otpOn(redis, { limits: { dailyQuota: 3 } });
    for (let count = 0; count < 3; count += 1) {
      await few.request.execute(order);
      await cool(order);
      if (count === 0) await redis.pexpire(key('quota', order), 5_000_000);
    }
    await expect(few.request.execute(order)).rejects.toMatchObject({
      code: 'otp.quota-exceeded',
      kind: 'limited',
      limit: 'otp-quota',
      retryAfterSeconds: about(5000),
    });
    await redis.del(key('quota', order));
    await few.request.execute(order);
    expect(await redis.pttl(key('quota', order))).toBeGreaterThan(86_390_000);
  });

  it('names the lock before the cooldown, and that before the quota', async () => {
    const order = mailOrder();
    const few = otpOn(redis, { limits: { dailyQuota: 1 } });
    await few.request.execute(order);
    await redis.set(key('lock', order), '1', 'PX', 30_000);
    const next = async () => (await outcomes([few.request.execute(order)]))[0];
    expect(await next()).toBe('otp.locked');
    await redis.del(key('lock', order));
    expect(await next()).toBe('otp.cooldown');
    await cool(order);
    expect(await next()).toBe('otp.quota-exceeded');
  });
});

describe('a code that cannot be sent', () => {
  const order = mailOrder();
  const keys = () => redis.keys(`*${order.identifier.value}`);

  it('is withdrawn when the way to the worker is closed, so that one may ask again at once', async () => {
    const process = otpOn(redis);
    process.queue.failure = new Error('closed');
    const refused = process.request.execute(order);
    await expect(refused).rejects.toMatchObject({
      code: 'otp.unavailable',
      kind: 'unavailable',
      limit: 'otp',
      retryAfterSeconds: 5,
      cause: process.queue.failure,
    });
    expect(await keys()).toEqual([]);
    process.queue.failure = undefined;
    await process.request.execute(order);
  });

  it('is withdrawn, and not ordered, when what must be kept before cannot be', async () => {
    await redis.del(await keys());
    const process = otpOn(redis);
    const failure = new Error('no database');
    await expect(process.request.execute(order, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await keys()).toEqual([]);
    expect(process.queue.orders).toEqual([]);
  });

  it('gives back its own place in the quota, and leaves a newer code alone', async () => {
    const { codes, queue, request } = otpOn(redis);
    const slot = { namespace: order.namespace, identifier: order.identifier.value };
    const [issuedAt, expiresAt] = [new Date(0), new Date(60_000)];
    const old = { challengeId: 'old', code: '000000', issuedAt, expiresAt, resendAvailableAt: expiresAt };
    await codes.issue(slot, old);
    await cool(order);
    const { challengeId } = await request.execute(order);
    await codes.withdraw(slot, old);
    expect(await redis.get(key('quota', order))).toBe('1');
    expect(await redis.exists(key('cooldown', order))).toBe(1);
    await otp.verify.execute({ ...order, challengeId, code: queue.code });
  });
});

describe('the pepper', () => {
  const rotated = (pepper: OtpOptions['pepper']) => otpOn(redis, { pepper });
  const [current, previous] = [randomBytes(32), randomBytes(32)];

  it('may change while codes are pending: those of the previous one still verify, once', async () => {
    const { guess } = await sent(mailOrder(), rotated({ current: previous }));
    const { verify } = rotated({ current, previous });
    await guess({}, verify);
    await expect(guess({}, verify)).rejects.toMatchObject(INVALID);
  });

  it('that is gone takes its codes with it', async () => {
    const { guess, code } = await sent(mailOrder(), rotated({ current: previous }));
    const { verify } = rotated({ current });
    await expect(guess({}, verify)).rejects.toMatchObject(INVALID);
    await expect(guess({ code: wrong(code) }, verify)).rejects.toMatchObject(INVALID);
  });

  it('leaves a budget under either', async () => {
    const { guess, code } = await sent(mailOrder(), rotated({ current: previous }));
    const { verify } = rotated({ current, previous });
    const six = Array.from({ length: 6 }, () => guess({ code: wrong(code) }, verify));
    expect(tally(await outcomes(six))).toEqual({ 'otp.invalid-code': 5, 'otp.locked': 1 });
  });
});

/** What may have the digits of a code among its own: MACs, the ids of SMS, and times in milliseconds. */
const DIGITS_BY_CHANCE = /\b(?:[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|1\d{12})\b/g;

/** All that a key holds. */
async function contentOf(name: string): Promise<unknown> {
  switch (await redis.type(name)) {
    case 'hash':
      return await redis.hgetall(name);
    case 'zset':
      return await redis.zrange(name, 0, -1, 'WITHSCORES');
    default:
      return await redis.get(name);
  }
}

it('keeps no code and no challenge in Redis, nor anything that makes one without the pepper', async () => {
  await redis.flushdb();
  const secrets: string[] = [];
  for (const order of [mailOrder(), mailOrder('forgot-password'), phoneOrder(), phoneOrder('forgot-password')]) {
    const { challenge, code, guess } = await sent(order);
    await expect(guess({ code: wrong(code) })).rejects.toMatchObject(INVALID);
    secrets.push(code, challenge.challengeId);
  }
  const keys = await redis.keys('*');
  const kinds = new Set(keys.map((name) => name.split(':').slice(0, 2).join(':')));
  expect([...kinds].sort()).toEqual(
    [
      ...['verify-email', 'phone-auth', 'forgot-password'].flatMap((namespace) =>
        ['code', 'attempts', 'cooldown', 'quota'].map((what) => `${namespace}:${what}`),
      ),
      'sms:guard',
    ].sort(),
  );
  for (const name of keys) {
    const content = JSON.stringify(await contentOf(name)).replaceAll(DIGITS_BY_CHANCE, '');
    for (const secret of secrets) expect(content).not.toContain(secret);
    expect(await redis.pttl(name)).toBeGreaterThan(0);
  }
  expect(await redis.hkeys(keys.find((name) => name.startsWith('phone-auth:code:'))!)).toEqual(
    expect.arrayContaining(['challenge', 'code', 'pepper', 'issued', 'expires', 'sms']),
  );
});
