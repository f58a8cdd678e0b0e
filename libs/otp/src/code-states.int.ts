import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testRedisUrl } from '@platform/testing';
import { RedisCodeStates } from './persistence/redis-code-states.js';
import { mailOrder, type Otp, otpOn, wrong } from './testing/otp.js';

let redis: Redis;
let otp: Otp;
let states: RedisCodeStates;

beforeAll(async () => {
  Logger.overrideLogger(false);
  redis = new Redis(await testRedisUrl());
  otp = otpOn(redis);
  states = new RedisCodeStates(redis);
});

afterAll(async () => {
  await redis.quit();
});

const about = (most: number) => ({
  milliseconds: expect.toSatisfy((ms) => ms > most - 10_000 && ms <= most) as number,
});

/** An address with a code, and so many wrong guesses at it. */
async function guessed(times: number) {
  const order = mailOrder();
  const { challengeId } = await otp.request.execute(order);
  const { code } = otp.queue;
  for (let guess = 0; guess < times; guess += 1)
    await otp.verify.execute({ ...order, challengeId, code: wrong(code) }).catch(() => undefined);
  return { order, slot: { namespace: order.namespace, identifier: order.identifier.value }, challengeId, code };
}

describe('what an operator sees of a code', () => {
  it('is nothing where there was none', async () => {
    const slot = { namespace: 'verify-email', identifier: 'nobody@example.com' } as const;
    expect(await states.inspect(slot)).toEqual({ attempts: 0, sent: 0 });
    expect(await states.unlock(slot)).toBe(false);
  });

  it('is that it waits, the wrong guesses, the pause and the quota, and nothing changes by looking', async () => {
    const { order, slot, challengeId, code } = await guessed(2);
    const seen = { attempts: 2, sent: 1, pending: about(600_000), cooldown: about(60_000), quota: about(86_400_000) };
    expect(await states.inspect(slot)).toEqual(seen);
    expect(await states.inspect(slot)).toEqual(seen);
    await otp.verify.execute({ ...order, challengeId, code });
    expect(await states.inspect(slot)).toEqual({ attempts: 0, sent: 1, cooldown: seen.cooldown, quota: seen.quota });
  });

  it('is the lock, which can be ended: with a fresh budget, and for this purpose alone', async () => {
    const { order, slot } = await guessed(5);
    expect(await states.inspect(slot)).toEqual({
      attempts: 0,
      sent: 1,
      lock: about(900_000),
      quota: about(86_400_000),
    });
    await expect(otp.request.execute(order)).rejects.toMatchObject({ code: 'otp.locked' });
    expect(await states.unlock({ ...slot, namespace: 'forgot-password' })).toBe(false);
    expect(await states.unlock(slot)).toBe(true);
    expect(await states.unlock(slot)).toBe(false);
    const { challengeId } = await otp.request.execute(order);
    const { code } = otp.queue;
    for (let guess = 0; guess < 4; guess += 1)
      await expect(otp.verify.execute({ ...order, challengeId, code: wrong(code) })).rejects.toMatchObject({
        code: 'otp.invalid-code',
      });
    await otp.verify.execute({ ...order, challengeId, code });
  });

  it('is that a lock has no end, when somebody set one by hand', async () => {
    const slot = { namespace: 'phone-auth', identifier: '+84900000001' } as const;
    await redis.set('phone-auth:lock:+84900000001', '1');
    expect(await states.inspect(slot)).toEqual({ attempts: 0, sent: 0, lock: { milliseconds: 'no end' } });
    expect(await states.unlock(slot)).toBe(true);
  });
});
