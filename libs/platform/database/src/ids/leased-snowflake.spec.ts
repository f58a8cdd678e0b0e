import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Clock } from '@platform/kernel';
import { LeasedSnowflake } from './leased-snowflake.js';

/** Which statement it was, as the lease table's answers are scripted here; the real ones are in leased-snowflake.int.ts. */
type Answer = 'granted' | 'refused' | 'away';

let acquired: number;
let renewed: number;
let answer: Answer;
let shutDown: () => Promise<void>;
let ids: LeasedSnowflake;

beforeEach(() => {
  vi.useFakeTimers();
  [acquired, renewed, answer] = [0, 0, 'granted'];
  const clock: Clock = { now: () => new Date(), monotonic: () => Date.now() };
  ids = new LeasedSnowflake(
    {
      query: <Row>(sql: string) => {
        if (sql.includes('INSERT')) acquired += 1;
        else renewed += 1;
        if (answer === 'away') return Promise.reject(new Error('away'));
        return Promise.resolve((answer === 'granted' ? [{ worker_id: 600 }] : []) as Row[]);
      },
      connected: () => Promise.resolve(),
      beforeClose: (work) => (shutDown = work),
    },
    clock,
  );
});

afterEach(() => {
  vi.useRealTimers();
});

it('is asked for until one is free', async () => {
  answer = 'refused';
  ids.onApplicationBootstrap();
  await vi.advanceTimersByTimeAsync(1900);
  expect([acquired, renewed]).toEqual([4, 0]);
  expect(() => ids.next()).toThrow(expect.objectContaining({ code: 'ids.unavailable' }));
  answer = 'granted';
  await vi.advanceTimersByTimeAsync(500);
  ids.next();
});

it('is renewed every twenty seconds', async () => {
  ids.onApplicationBootstrap();
  await vi.advanceTimersByTimeAsync(200_000);
  expect([acquired, renewed]).toEqual([1, 10]);
  ids.next();
});

it('is asked for twice a second once it is near its end, and ids stop before it', async () => {
  ids.onApplicationBootstrap();
  await vi.advanceTimersByTimeAsync(0);
  answer = 'away';
  await vi.advanceTimersByTimeAsync(39_999);
  expect(renewed).toBe(1);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(renewed).toBeGreaterThan(15);
  ids.next();
  await vi.advanceTimersByTimeAsync(1);
  expect(() => ids.next()).toThrow(expect.objectContaining({ code: 'ids.unavailable' }));
  answer = 'granted';
  await vi.advanceTimersByTimeAsync(500);
  ids.next();
});

it('is asked for no more after the shutdown', async () => {
  ids.onApplicationBootstrap();
  await vi.advanceTimersByTimeAsync(0);
  await shutDown();
  const asked = acquired + renewed;
  await vi.advanceTimersByTimeAsync(100_000);
  expect(acquired + renewed).toBe(asked);
  expect(vi.getTimerCount()).toBe(0);
});
