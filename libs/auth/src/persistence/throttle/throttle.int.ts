import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { systemClock } from '@platform/kernel';
import { connectRedis, type RedisConnection } from '@platform/redis';
import { startRedis, testRedisUrl } from '@platform/testing';
import { addressLane, identifierLane, type Lane } from '../../application/throttle/lanes.js';
import { SignInThrottle } from '../../application/throttle/sign-in-throttle.js';
import { FallbackThrottleStore } from './fallback-throttle-store.js';
import { MemoryThrottleStore } from './memory-throttle-store.js';
import { RedisThrottleStore } from './redis-throttle-store.js';

const LIMITS = { maxFailures: 10, windowMs: 600_000, lockMs: 900_000 };
const THROTTLED = { code: 'auth.throttled', kind: 'limited', limit: 'sign-in' };
/** What two stores say each in its own way: a name, and how long a lock lasts to the millisecond. */
const IGNORED = { window: undefined, retryAfterMs: undefined };
/** So many seconds, less the few that have passed since. */
const about = (most: number) => expect.toSatisfy((seconds) => seconds > most - 10 && seconds <= most) as number;
const freshLane = () => identifierLane('email', `${randomUUID()}@example.com`);

describe('the throttle in Redis', () => {
  let clients: Redis[];

  beforeAll(async () => {
    const url = await testRedisUrl();
    clients = Array.from({ length: 4 }, () => new Redis(url));
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.quit()));
  });

  const throttles = (limits = LIMITS) =>
    clients.map((client) => new SignInThrottle(new RedisThrottleStore(client, () => limits), systemClock));
  const first = (limits = LIMITS) => throttles(limits)[0] as SignInThrottle;
  const state = (lane: Lane) => clients[0]?.hgetall(`auth:throttle:${lane}`);
  const ttl = async (lane: Lane) => Number(await clients[0]?.pttl(`auth:throttle:${lane}`));

  it('[ASVS 6.3.1] grants 200 parallel guesses from four processes no more than the maximum, then locks for all', async () => {
    const lanes = [freshLane(), addressLane('203.0.113.7')];
    const all = throttles();
    let comparisons = 0;
    const guess = async (index: number) => {
      const throttle = all[index % all.length] as SignInThrottle;
      const place = await throttle.reserve(lanes);
      comparisons += 1;
      await throttle.fail(place);
    };
    const answers = await Promise.allSettled(Array.from({ length: 200 }, (_, index) => guess(index)));
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : []));
    expect(comparisons).toBe(10);
    expect(refused).toHaveLength(190);
    for (const error of refused) expect(error).toMatchObject(THROTTLED);
    for (const throttle of all) {
      for (const lane of lanes) await expect(throttle.reserve([lane])).rejects.toMatchObject(THROTTLED);
    }
  });

  it('keeps one key for each lane, which ends with its window, and with its lock from the last failure on', async () => {
    const lane = freshLane();
    const throttle = first({ ...LIMITS, maxFailures: 2 });
    const places = [await throttle.reserve([lane]), await throttle.reserve([lane])];
    expect(await state(lane)).toEqual({ n: '2', w: expect.any(String), t: expect.stringMatching(/^\d{10}$/) });
    expect(await ttl(lane)).toBeGreaterThan(590_000);
    expect(await ttl(lane)).toBeLessThanOrEqual(600_000);
    await clients[0]?.pexpire(`auth:throttle:${lane}`, 5000);
    await throttle.fail(places[0] as (typeof places)[0]);
    expect(await ttl(lane)).toBeLessThanOrEqual(5000);
    await throttle.fail(places[1] as (typeof places)[0]);
    expect(await state(lane)).toMatchObject({ n: '2', l: '2' });
    expect(await ttl(lane)).toBeGreaterThan(890_000);
    await expect(throttle.reserve([lane])).rejects.toMatchObject({ ...THROTTLED, retryAfterSeconds: about(900) });
    expect(await ttl(lane)).toBeLessThanOrEqual(900_000);
  });

  it('gives a failure that outlived its window a whole window of its own, not the length of a lock', async () => {
    const lane = freshLane();
    const throttle = first();
    const place = await throttle.reserve([lane]);
    await clients[0]?.del(`auth:throttle:${lane}`);
    await throttle.fail(place);
    expect(await state(lane)).toEqual({ n: '1', l: '1', w: expect.any(String) as string });
    expect(await ttl(lane)).toBeGreaterThan(590_000);
    expect(await ttl(lane)).toBeLessThanOrEqual(600_000);
  });

  it('ends a lock by itself, with a fresh budget', async () => {
    const lane = freshLane();
    const throttle = first({ ...LIMITS, maxFailures: 1, lockMs: 60_000 });
    await throttle.fail(await throttle.reserve([lane]));
    await expect(throttle.reserve([lane])).rejects.toMatchObject({ retryAfterSeconds: about(60) });
    await clients[0]?.pexpire(`auth:throttle:${lane}`, 1);
    await throttle.fail(await vi.waitFor(() => throttle.reserve([lane]), { timeout: 5000, interval: 20 }));
    expect(await state(lane)).toMatchObject({ n: '1', l: '1' });
  });

  it('clears an identifier after a success, and leaves nothing behind', async () => {
    const lane = freshLane();
    const throttle = first();
    for (let round = 0; round < 9; round += 1) await throttle.fail(await throttle.reserve([lane]));
    await throttle.succeed(await throttle.reserve([lane]));
    expect(await state(lane)).toEqual({});
    await throttle.release(await throttle.reserve([lane]));
    expect(await state(lane)).toEqual({});
  });

  it('never lowers a later window by giving back to an earlier one', async () => {
    const lane = addressLane('198.51.100.9');
    const throttle = first({ ...LIMITS, maxFailures: 2 });
    const early = [await throttle.reserve([lane]), await throttle.reserve([lane])];
    await clients[0]?.del(`auth:throttle:${lane}`);
    await throttle.fail(await throttle.reserve([lane]));
    await Promise.all([
      throttle.release(early[0] as (typeof early)[0]),
      throttle.succeed(early[1] as (typeof early)[0]),
    ]);
    expect(await state(lane)).toMatchObject({ n: '1', l: '1' });
  });

  it('takes back the places of attempts that nobody ends, after 30 s, and what they say later counts as late', async () => {
    const lane = addressLane('198.51.100.10');
    const throttle = first({ ...LIMITS, maxFailures: 3 });
    await throttle.fail(await throttle.reserve([lane]));
    const lost = [await throttle.reserve([lane]), await throttle.reserve([lane])];
    const pass = (seconds: number) => clients[0]?.hincrby(`auth:throttle:${lane}`, 't', -seconds);
    await pass(25);
    await expect(throttle.reserve([lane])).rejects.toMatchObject({ ...THROTTLED, retryAfterSeconds: 1 });
    await pass(5);
    const place = await throttle.reserve([lane]);
    expect(await state(lane)).toMatchObject({ n: '2', l: '1' });
    await throttle.release(lost[0] as (typeof lost)[0]);
    expect(await state(lane)).toMatchObject({ n: '2', l: '1' });
    await throttle.fail(lost[1] as (typeof lost)[0]);
    expect(await state(lane)).toMatchObject({ n: '3', l: '2' });
    await throttle.fail(place);
    await expect(throttle.reserve([lane])).rejects.toMatchObject({ ...THROTTLED, retryAfterSeconds: about(900) });
  });

  it('decides as the store in memory does', async () => {
    const lane = freshLane();
    const redis = new RedisThrottleStore(clients[0] as Redis, () => ({ ...LIMITS, maxFailures: 3 }));
    const memory = new MemoryThrottleStore(() => ({ ...LIMITS, maxFailures: 3 }), systemClock);
    const open: [string, string][] = [];
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    let grants = 0;
    for (let round = 0; round < 600; round += 1) {
      const settled = random(2) === 0 ? undefined : open.splice(random(open.length || 1), 1)[0];
      if (random(25) === 0) {
        await Promise.all([redis.clear(lane), memory.clear(lane)]);
      } else if (settled) {
        const kind = random(3) === 0 ? 'fail' : 'release';
        await Promise.all([redis[kind](lane, settled[0]), memory[kind](lane, settled[1])]);
      } else {
        const [one, other] = await Promise.all([redis.reserve(lane), memory.reserve(lane)]);
        expect({ ...one, ...IGNORED }).toEqual({ ...other, ...IGNORED });
        if (one.granted && other.granted) {
          open.push([one.window, other.window]);
          grants += 1;
        }
      }
    }
    expect(grants).toBeGreaterThan(50);
  });
});

describe('the throttle while Redis dies', () => {
  const dir = mkdtempSync(join(tmpdir(), 'throttle-'));
  let server: Awaited<ReturnType<typeof startRedis>>;
  let client: RedisConnection;

  beforeAll(async () => {
    vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    server = await startRedis({ dir });
    client = connectRedis({ kind: 'single', url: server.url });
    await vi.waitFor(() => client.ping(), { timeout: 10_000 });
  });
  afterAll(async () => {
    client.disconnect();
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
    vi.restoreAllMocks();
  });

  it('goes on in this process, never failing, and comes back by itself', async () => {
    const lane = freshLane();
    const local = new MemoryThrottleStore(() => LIMITS, systemClock);
    const shared = new RedisThrottleStore(client, () => LIMITS);
    const throttle = new SignInThrottle(new FallbackThrottleStore(shared, local, systemClock), systemClock);
    await throttle.fail(await throttle.reserve([lane]));
    const granted = await throttle.reserve([lane]);
    server.kill('SIGKILL');
    await server.exited;
    await throttle.fail(granted);
    const answers = await Promise.allSettled(
      Array.from({ length: 50 }, async () => throttle.fail(await throttle.reserve([lane]))),
    );
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(9);
    await expect(throttle.reserve([lane])).rejects.toMatchObject(THROTTLED);

    server = await startRedis({ dir, port: server.port });
    await vi.waitFor(
      async () => {
        const later = freshLane(); // failures that are counted here would lock it
        await throttle.fail(await throttle.reserve([later]));
        expect(await client.exists(`auth:throttle:${later}`)).toBe(1);
      },
      { timeout: 10_000, interval: 200 },
    );
    await expect(throttle.reserve([lane])).rejects.toMatchObject(THROTTLED);
  });
});
