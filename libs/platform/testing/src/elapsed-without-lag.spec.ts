import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { elapsedWithoutLag } from './elapsed-without-lag.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the time that work takes', () => {
  it.each(['resolve', 'reject'] as const)('is that of the clock while this process is in time (%s)', async (how) => {
    const { promise, ...work } = Promise.withResolvers<void>();
    const elapsed = elapsedWithoutLag(promise);
    await vi.advanceTimersByTimeAsync(400);
    work[how]();
    expect(await elapsed).toBe(400);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is without what this process was late, at its end too', async () => {
    vi.useRealTimers();
    const block = (ms: number) => {
      for (const until = performance.now() + ms; performance.now() < until;);
    };
    const work = async () => {
      for (let turn = 0; turn < 3; turn += 1) {
        await new Promise((resolve) => setImmediate(resolve));
        block(100);
      }
    };
    expect(await elapsedWithoutLag(work())).toBeLessThan(100);
  });
});
