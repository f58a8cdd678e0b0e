import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DomainError } from '@platform/kernel';
import { Gathered } from './gathered.js';

let calls: string[][];
let open: (() => void)[];
let fault: (items: string[]) => Error | undefined;
let gathered: Gathered<string, string>;

afterEach(() => {
  vi.useRealTimers();
});
beforeEach(() => {
  [calls, open] = [[], []];
  fault = () => undefined;
  gathered = new Gathered(
    (item) => item.slice(0, 1),
    async (items) => {
      calls.push(items);
      await new Promise<void>((resolve) => open.push(resolve));
      const error = fault(items);
      if (error) throw error;
      return items.map((item) => `${item}!`);
    },
  );
});

/** Lets every call end as soon as it is made. */
async function all(items: string[]): Promise<PromiseSettledResult<string>[]> {
  const settled = Promise.allSettled(items.map((item) => gathered.get(item)));
  const state = { isOver: false };
  void settled.then(() => (state.isOver = true));
  while (!state.isOver) {
    open.splice(0).forEach((end) => end());
    await new Promise(setImmediate);
  }
  return await settled;
}

const values = (results: PromiseSettledResult<string>[]) =>
  results.map((result) => (result.status === 'fulfilled' ? result.value : (result.reason as Error).message));

describe('what is asked for', () => {
  it('at once goes in one call, and each gets its own answer', async () => {
    expect(values(await all(['a', 'b', 'c']))).toEqual(['a!', 'b!', 'c!']);
    expect(calls).toEqual([['a', 'b', 'c']]);
  });

  it('while a call is under way goes with the next', async () => {
    const first = gathered.get('a');
    await new Promise(setImmediate);
    expect(values(await all(['b', 'c']))).toEqual(['b!', 'c!']);
    expect([await first, calls]).toEqual(['a!', [['a'], ['b', 'c']]]);
  });

  it('alone is asked for at once, and right after that goes with whatever else comes within a few milliseconds', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    expect(values(await all(['a']))).toEqual(['a!']);
    const next = [gathered.get('b'), gathered.get('c')];
    await vi.advanceTimersByTimeAsync(3);
    expect(calls).toEqual([['a']]);
    await vi.advanceTimersByTimeAsync(1);
    open.splice(0).forEach((end) => end());
    expect([await Promise.all(next), calls]).toEqual([
      ['b!', 'c!'],
      [['a'], ['b', 'c']],
    ]);
    await vi.advanceTimersByTimeAsync(4);
    void gathered.get('d');
    await new Promise(setImmediate);
    expect(calls.at(-1)).toEqual(['d']);
  });

  it('twice is never in one call', async () => {
    expect(values(await all(['a1', 'b', 'a2', 'a3']))).toEqual(['a1!', 'b!', 'a2!', 'a3!']);
    expect(calls).toEqual([['a1', 'b'], ['a2'], ['a3']]);
  });

  it('in great numbers goes a hundred at a time', async () => {
    const items = Array.from({ length: 250 }, (_none, index) => String.fromCharCode(0x4e00 + index));
    expect(values(await all(items))).toEqual(items.map((item) => `${item}!`));
    expect(calls.map(({ length }) => length)).toEqual([100, 100, 50]);
  });
});

describe('a fault', () => {
  it('of one item is that item’s alone', async () => {
    fault = (items) => (items.includes('b') ? new Error('b is bad') : undefined);
    expect(values(await all(['a', 'b', 'c']))).toEqual(['a!', 'b is bad', 'c!']);
    expect(calls).toEqual([['a', 'b', 'c'], ['a'], ['b'], ['c']]);
  });

  it('of the server is everybody’s, and is not tried again for each', async () => {
    fault = () => new DomainError({ code: 'database.unavailable', kind: 'unavailable', message: 'away' });
    expect(values(await all(['a', 'b']))).toEqual(['away', 'away']);
    expect(calls).toHaveLength(1);
    fault = () => undefined;
    expect(values(await all(['a', 'b']))).toEqual(['a!', 'b!']);
  });
});
