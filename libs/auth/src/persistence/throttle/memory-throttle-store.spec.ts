import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryThrottleStore } from './memory-throttle-store.js';

const MAX = 3;
const WINDOW_MS = 600;
const LOCK_MS = 1000;
const LIMITS = { maxFailures: MAX, windowMs: WINDOW_MS, lockMs: LOCK_MS };
const LANE = 'identifier:email:ana@example.com';

/** What the rules say, kept as plainly as can be: a window's attempts under way by name, and its failures by number. */
class Model {
  now = 0;
  private window = { until: 0, underWay: new Set<number>(), failures: 0 };

  advance(ms: number) {
    this.now += ms;
  }
  lockedFor() {
    this.current();
    return this.window.failures >= MAX ? this.window.until - this.now : 0;
  }
  reserve(attempt: number) {
    const { underWay, failures } = this.opened();
    if (failures + underWay.size >= MAX) return false;
    underWay.add(attempt);
    return true;
  }
  fail(attempt: number) {
    const window = this.opened();
    window.underWay.delete(attempt);
    window.failures += 1;
    if (window.failures === MAX) window.until = this.now + LOCK_MS;
  }
  release(attempt: number) {
    const window = this.current();
    window.underWay.delete(attempt);
    if (window.failures + window.underWay.size === 0) this.clear();
  }
  clear() {
    this.window = { until: 0, underWay: new Set(), failures: 0 };
  }
  private current() {
    if (this.window.until <= this.now) this.clear();
    return this.window;
  }
  /** A window begins with the first attempt that it counts. */
  private opened() {
    if (this.current().until === 0) this.window.until = this.now + WINDOW_MS;
    return this.window;
  }
}

const step = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ kind: 'reserve' as const }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('fail' as const, 'release' as const), pick: fc.nat() }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 700 }) }) },
);

describe('the throttle of one process', () => {
  it('does what a simple model does, whatever happens in whatever order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const model = new Model();
        const store = new MemoryThrottleStore(() => LIMITS, { monotonic: () => model.now });
        const open: { attempt: number; window: string }[] = [];
        for (const [attempt, each] of steps.entries()) {
          if (each.kind === 'wait') model.advance(each.ms);
          else if (each.kind === 'clear') {
            model.clear();
            await store.clear(LANE);
          } else if (each.kind === 'reserve') {
            const expected = model.reserve(attempt);
            const answer = await store.reserve(LANE);
            expect(answer.granted).toBe(expected);
            if (answer.granted) open.push({ attempt, window: answer.window });
          } else if (open.length > 0) {
            const [settled] = open.splice(each.pick % open.length, 1);
            if (!settled) continue;
            model[each.kind](settled.attempt);
            await store[each.kind](LANE, settled.window);
          }
          expect(store.lockedFor(LANE)).toBe(model.lockedFor());
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never lowers a later window by giving back to an earlier one', async () => {
    let now = 0;
    const store = new MemoryThrottleStore(() => ({ ...LIMITS, maxFailures: 2 }), { monotonic: () => now });
    const early = [await store.reserve(LANE), await store.reserve(LANE)];
    now = WINDOW_MS;
    await Promise.all([store.reserve(LANE), store.reserve(LANE)]);
    for (const answer of early) await store.release(LANE, answer.granted ? answer.window : '');
    expect(await store.reserve(LANE)).toMatchObject({ granted: false });
  });

  it('says how long a lock still lasts, and only a moment for attempts under way', async () => {
    let now = 0;
    const store = new MemoryThrottleStore(() => ({ ...LIMITS, maxFailures: 1 }), { monotonic: () => now });
    const first = await store.reserve(LANE);
    expect(await store.reserve(LANE)).toEqual({ granted: false, locked: false, retryAfterMs: 1000 });
    now = 500;
    await store.fail(LANE, first.granted ? first.window : '');
    now = 1100;
    expect(await store.reserve(LANE)).toEqual({ granted: false, locked: true, retryAfterMs: 400 });
    now = 1500;
    expect(await store.reserve(LANE)).toMatchObject({ granted: true });
  });

  it('forgets the lanes used least lately rather than grow without end', async () => {
    const store = new MemoryThrottleStore(() => ({ ...LIMITS, maxFailures: 1 }), { monotonic: () => 0 });
    await store.fail('address:first', 'w');
    for (let index = 0; index < 20_000; index += 1) await store.fail(`address:${index}`, 'w');
    expect(store.lockedFor('address:first')).toBe(0);
    expect(store.lockedFor('address:19999')).toBe(LOCK_MS);
  });
});
