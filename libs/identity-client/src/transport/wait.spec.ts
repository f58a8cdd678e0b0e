import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoff, pause, waitFor } from './wait.js';

describe('waiting', () => {
  it('for a promise ends with it, or with the signal', async () => {
    const controller = new AbortController();
    await expect(waitFor(Promise.resolve(1), controller.signal)).resolves.toBe(1);
    const forever = waitFor(new Promise(() => {}), controller.signal);
    controller.abort(new Error('gone'));
    await expect(forever).rejects.toThrow('gone');
    await expect(waitFor(Promise.resolve(1), controller.signal)).rejects.toThrow('gone');
  });

  it('for some time says whether it was over', async () => {
    expect(await pause(1, new AbortController().signal)).toBe(true);
    expect(await pause(60_000, AbortSignal.abort())).toBe(false);
  });

  it('grows with each failure up to its bound, and is never the same for all', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
        const wait = backoff(failures, { first: 1000, most: 30_000 }, () => random);
        const most = Math.min(30_000, 1000 * 2 ** (failures - 1));
        expect(wait).toBeGreaterThanOrEqual(most / 2);
        expect(wait).toBeLessThanOrEqual(most);
      }),
    );
  });
});
