import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import type { ReserveAnswer } from '../../application/throttle/throttle-store.js';
import { FallbackThrottleStore } from './fallback-throttle-store.js';
import { MemoryThrottleStore } from './memory-throttle-store.js';

const LANE = 'address:203.0.113.7';
const LIMITS = { maxFailures: 2, windowMs: 60_000, lockMs: 60_000 };
const LOCKED = { granted: false, locked: true, retryAfterMs: 60_000 };

/** The store under test, the shared store behind it, which can be taken away, and the clock they all run on. */
function setup() {
  const clock = { now: 0, monotonic: () => clock.now };
  const shared = new MemoryThrottleStore(() => LIMITS, clock);
  const local = new MemoryThrottleStore(() => LIMITS, clock);
  const store = new FallbackThrottleStore(shared, local, clock);
  const takeAway = () =>
    (['reserve', 'fail', 'release', 'clear'] as const).map((name) =>
      vi.spyOn(shared, name).mockRejectedValue(new Error('Command timed out')),
    );
  const bringBack = (spies: ReturnType<typeof takeAway>) => spies.forEach((spy) => spy.mockRestore());
  return { clock, shared, local, store, takeAway, bringBack };
}

function windowOf(answer: ReserveAnswer): string {
  if (!answer.granted) throw new Error('was refused');
  return answer.window;
}

describe('the throttle with a fallback', () => {
  let warn: MockInstance;
  let log: MockInstance;

  beforeEach(() => {
    warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    log = vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('counts in the shared store as long as that answers', async () => {
    const { store, shared, local } = setup();
    for (let round = 0; round < 2; round += 1) await store.fail(LANE, windowOf(await store.reserve(LANE)));
    expect([shared.lockedFor(LANE), local.lockedFor(LANE)]).toEqual([60_000, 0]);
    expect(await store.reserve(LANE)).toEqual(LOCKED);
  });

  it('counts in this process while the shared store fails, never failing itself', async () => {
    const { store, takeAway } = setup();
    takeAway();
    const first = windowOf(await store.reserve(LANE));
    const second = windowOf(await store.reserve(LANE));
    expect(await store.reserve(LANE)).toMatchObject({ granted: false });
    await store.release(LANE, first);
    const third = windowOf(await store.reserve(LANE));
    await Promise.all([store.fail(LANE, second), store.fail(LANE, third)]);
    expect(await store.reserve(LANE)).toEqual(LOCKED);
    await store.clear(LANE);
    expect(await store.reserve(LANE)).toMatchObject({ granted: true });
  });

  it('counts a failure here whose attempt the shared store had granted before it went away', async () => {
    const { store, local, takeAway } = setup();
    const windows = [windowOf(await store.reserve(LANE)), windowOf(await store.reserve(LANE))];
    takeAway();
    await Promise.all(windows.map((window) => store.fail(LANE, window)));
    expect(local.lockedFor(LANE)).toBe(60_000);
  });

  it('asks a shared store that fails once a second, not once an attempt', async () => {
    const { store, clock, takeAway } = setup();
    const asked = takeAway()[0];
    for (let round = 0; round < 5; round += 1) await store.reserve(`address:198.51.100.${round}`);
    expect(asked).toHaveBeenCalledTimes(1);
    clock.now = 1000;
    await Promise.all([store.reserve(LANE), store.reserve(LANE)]);
    expect(asked).toHaveBeenCalledTimes(2);
  });

  it('uses the shared store again by itself, keeps the locks made meanwhile, and says both once', async () => {
    const { store, shared, clock, takeAway, bringBack } = setup();
    const spies = takeAway();
    const places = [await store.reserve(LANE), await store.reserve(LANE)].map(windowOf);
    await store.fail(LANE, places[0] ?? '');
    bringBack(spies);
    clock.now = 1000;
    const reserve = vi.spyOn(shared, 'reserve');
    expect(await store.reserve('address:198.51.100.1')).toMatchObject({ granted: true });
    expect(reserve).toHaveBeenCalledTimes(1);
    await store.fail(LANE, places[1] ?? '');
    expect(await store.reserve(LANE)).toEqual(LOCKED);
    expect([warn.mock.calls.length, log.mock.calls.length]).toEqual([1, 1]);
  });
});
