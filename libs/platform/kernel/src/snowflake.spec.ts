import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leastIdAt, Snowflake, SNOWFLAKE_EPOCH_MS, snowflakeTime } from './snowflake.js';

const MAX_DRIFT_MS = 5000;
const YEAR_2094 = 2 ** 41 - 1;

/** A clock that a test moves, in milliseconds since the epoch of the ids. */
interface MovableClock {
  ms: number;
  now(): Date;
}

function movable(ms = 1000): MovableClock {
  const made = { ms, now: () => new Date(SNOWFLAKE_EPOCH_MS + made.ms) };
  return made;
}
let clock: MovableClock;

function at(ms: number, worker = 1): Snowflake {
  clock = movable(ms);
  return new Snowflake(worker, clock);
}

function parts(id: string) {
  const bits = BigInt(id);
  return { ms: Number(bits >> 22n), worker: Number((bits >> 12n) & 1023n), sequence: Number(bits & 4095n) };
}

const workers = fc.integer({ min: 0, max: 1023 });
const times = fc.integer({ min: 0, max: YEAR_2094 - 10 });

describe('a snowflake', () => {
  it('is a decimal string that fits a signed 64-bit integer and gives time and worker back', () => {
    fc.assert(
      fc.property(workers, times, (worker, ms) => {
        const id = at(ms, worker).next();
        expect(id).toMatch(/^\d{1,19}$/);
        expect(BigInt(id)).toBeLessThan(2n ** 63n);
        expect(parts(id)).toEqual({ ms, worker, sequence: 0 });
        expect(snowflakeTime(id).getTime()).toBe(SNOWFLAKE_EPOCH_MS + ms);
      }),
    );
  });

  it('is greater than all before it, however the clock moves within what is allowed', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -MAX_DRIFT_MS / 50, max: 50 }), { maxLength: 50 }), (moves) => {
        const ids = at(1_000_000);
        let last = -1n;
        for (const move of moves) {
          clock.ms += move;
          for (let count = 0; count < 20; count += 1) {
            const id = BigInt(ids.next());
            expect(id > last).toBe(true);
            last = id;
          }
        }
      }),
    );
  });

  it('never meets one of another worker', () => {
    fc.assert(
      fc.property(workers, workers, fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 30 }), (one, two, moves) => {
        fc.pre(one !== two);
        clock = movable();
        const both = [new Snowflake(one, clock), new Snowflake(two, clock)];
        const ids = moves.flatMap((move) => {
          clock.ms += move;
          return both.map((generator) => generator.next());
        });
        expect(new Set(ids).size).toBe(ids.length);
      }),
    );
  });

  it.each([-1, 1024, 1.5, Number.NaN])('is not issued under worker %s', (worker) => {
    expect(() => at(0, worker)).toThrow(RangeError);
  });
});

describe('a full millisecond', () => {
  it('goes on in the next one', () => {
    const ids = at(1000);
    const issued = Array.from({ length: 4097 }, () => parts(ids.next()));
    expect(issued[4095]).toEqual({ ms: 1000, worker: 1, sequence: 4095 });
    expect(issued[4096]).toEqual({ ms: 1001, worker: 1, sequence: 0 });
    clock.ms = 1001;
    expect(parts(ids.next())).toEqual({ ms: 1001, worker: 1, sequence: 1 });
    clock.ms = 1002;
    expect(parts(ids.next())).toEqual({ ms: 1002, worker: 1, sequence: 0 });
  });
});

describe('a clock that goes back', () => {
  it('is waited for without a repetition, up to five seconds', () => {
    const ids = at(10_000);
    const before = ids.next();
    clock.ms -= MAX_DRIFT_MS;
    const after = ids.next();
    expect(parts(after)).toEqual({ ms: 10_000, worker: 1, sequence: 1 });
    expect(BigInt(after)).toBeGreaterThan(BigInt(before));
  });

  it('by more is refused, says when to ask again, and costs nothing once it has caught up', () => {
    const ids = at(100_000);
    const before = ids.next();
    clock.ms -= MAX_DRIFT_MS + 1500;
    const refused = { code: 'ids.unavailable', kind: 'unavailable', limit: 'ids', retryAfterSeconds: 2 };
    expect(() => ids.next()).toThrow(expect.objectContaining(refused));
    expect(() => ids.next()).toThrow(expect.objectContaining(refused));
    clock.ms += 1500;
    expect(parts(ids.next())).toEqual({ ms: 100_000, worker: 1, sequence: 1 });
    clock.ms = 100_001;
    expect(BigInt(ids.next())).toBeGreaterThan(BigInt(before));
  });

  it('bounds a burst too: ids never run further ahead than that', () => {
    const ids = at(MAX_DRIFT_MS);
    ids.next();
    clock.ms = 0; // as if five seconds had been issued ahead
    for (let count = 1; count < 4096; count += 1) ids.next();
    expect(() => ids.next()).toThrow(expect.objectContaining({ code: 'ids.unavailable', retryAfterSeconds: 1 }));
  });

  it('before the epoch is refused, rather than answered with a negative id', () => {
    const ids = at(-1);
    expect(() => ids.next()).toThrow(expect.objectContaining({ code: 'ids.unavailable', retryAfterSeconds: 1 }));
    clock.ms = 0;
    expect(ids.next()).toBe(String(1n << 12n));
  });
});

describe('another worker', () => {
  it('goes on above what the one before issued, also when the clock went back meanwhile', () => {
    fc.assert(
      fc.property(workers, workers, fc.integer({ min: -4000, max: 4000 }), (one, two, move) => {
        const first = at(50_000, one);
        const ids = [first.next(), first.next()];
        clock.ms += move;
        const second = first.under(two);
        ids.push(second.next(), second.next());
        const numbers = ids.map(BigInt);
        expect(numbers).toEqual([...new Set(numbers)].toSorted((a, b) => (a < b ? -1 : 1)));
        expect(parts(ids[3] ?? '').worker).toBe(two);
      }),
    );
  });
});

describe('the least id of a time', () => {
  const timeOf = (ms: number) => new Date(SNOWFLAKE_EPOCH_MS + ms);

  it('is below every id of that time and later, and above every id from before', () => {
    fc.assert(
      fc.property(workers, times, (worker, ms) => {
        const id = BigInt(at(ms, worker).next());
        expect(id >= BigInt(leastIdAt(timeOf(ms)))).toBe(true);
        expect(id < BigInt(leastIdAt(timeOf(ms + 1)))).toBe(true);
      }),
    );
  });

  it('fits a bigint for any time', () => {
    expect(leastIdAt(new Date('1970-01-01'))).toBe('0');
    expect(BigInt(leastIdAt(new Date('9999-01-01'))) < 2n ** 63n).toBe(true);
  });
});
