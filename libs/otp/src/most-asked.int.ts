import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testRedisUrl } from '@platform/testing';
import { RedisMostAsked } from './persistence/redis-most-asked.js';
import { mailOrder, otpOn, phoneOrder } from './testing/otp.js';

const MANY = 5000;

let redis: Redis;
let most: RedisMostAsked;

beforeAll(async () => {
  redis = new Redis(await testRedisUrl());
  most = new RedisMostAsked(redis);
});
beforeEach(async () => {
  await redis.flushdb();
});
afterAll(async () => {
  await redis.quit();
});

const aDay = { milliseconds: expect.toSatisfy((ms) => ms > 86_390_000 && ms <= 86_400_000) as number };

describe('whom most codes were sent to', () => {
  it('is told by purpose, with the count that the quota goes by', async () => {
    const otp = otpOn(redis);
    const [often, once, phone] = [mailOrder(), mailOrder(), phoneOrder()];
    await otp.request.execute(often);
    await otp.request.execute(once);
    await otp.request.execute(phone);
    await redis.del(`verify-email:cooldown:${often.identifier.value}`);
    await otp.request.execute(often);
    await expect(otp.request.execute(often)).rejects.toMatchObject({ code: 'otp.cooldown' });

    const first = { namespace: 'verify-email', identifier: often.identifier.value, codes: 2, quota: aDay };
    const all = await most.find({ limit: 10 });
    expect(all).toHaveLength(3);
    expect(all[0]).toEqual(first);
    expect(await most.find({ limit: 1 })).toEqual([first]);
    expect(await most.find({ namespace: 'phone-auth', limit: 10 })).toEqual([
      { namespace: 'phone-auth', identifier: phone.identifier.value, codes: 1, quota: aDay },
    ]);
    expect(await most.find({ namespace: 'forgot-password', limit: 10 })).toEqual([]);
  });

  it('is found among many, however they lie, and what others keep in this Redis is left alone', async () => {
    const pairs = Array.from({ length: MANY }, (_, at) => [`verify-email:quota:${randomUUID()}`, String(1 + (at % 7))]);
    await redis.mset(Object.fromEntries(pairs));
    await redis.mset({ 'verify-email:quota:nine@example.com': 9, 'phone-auth:quota:+84900000009': 8 });
    await redis.hset('orders:quota:7', 'of', 'a sister');
    await redis.set('verify-email:quota:none@example.com', 0);
    const told: [number, number][] = [];
    const found = await most.find({ limit: 3 }, (done, all) => told.push([done, all]));
    expect(found.map(({ identifier, codes }) => [identifier, codes])).toEqual([
      ['nine@example.com', 9],
      ['+84900000009', 8],
      [expect.any(String), 7],
    ]);
    expect(found[0]?.quota).toEqual({ milliseconds: 'no end' });
    expect(told.length).toBeGreaterThan(1);
    expect(told.at(-1)).toEqual([MANY + 4, MANY + 4]);
  });

  it('is not told when Redis is away', async () => {
    const away = new Redis({ port: 1, lazyConnect: true, enableOfflineQueue: false, retryStrategy: null });
    await expect(new RedisMostAsked(away).find({ limit: 1 })).rejects.toMatchObject({ code: 'otp.unavailable' });
    away.disconnect();
  });
});
