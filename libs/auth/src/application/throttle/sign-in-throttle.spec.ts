import { describe, expect, it, vi } from 'vitest';
import { MemoryThrottleStore } from '../../persistence/throttle/memory-throttle-store.js';
import { addressLane, deviceLane, identifierLane } from './lanes.js';
import { SignInThrottle } from './sign-in-throttle.js';

const ANA = identifierLane('email', 'ana@example.com');
const BEN = identifierLane('email', 'ben@example.com');
const DEVICE = deviceLane('7f3a');
const HOME = addressLane('203.0.113.7');
const THROTTLED = { code: 'auth.throttled', kind: 'limited', limit: 'sign-in' };

function setup(maxFailures = 3) {
  const clock = { now: 0, monotonic: () => clock.now };
  const store = new MemoryThrottleStore(() => ({ maxFailures, windowMs: 900_000, lockMs: 900_000 }), clock);
  const throttle = new SignInThrottle(store, clock);
  const fail = async (lanes: Parameters<SignInThrottle['reserve']>[0], times: number) => {
    for (let round = 0; round < times; round += 1) await throttle.fail(await throttle.reserve(lanes));
  };
  return { clock, store, throttle, fail };
}

describe('the guard against guessing', () => {
  it('locks every lane of the attempts at the maximum, for as long as it says', async () => {
    const { throttle, fail, clock } = setup();
    await fail([ANA, HOME], 2);
    await fail([ANA, HOME], 1);
    clock.now = 100_500;
    for (const lane of [ANA, HOME])
      await expect(throttle.reserve([lane])).rejects.toMatchObject({ ...THROTTLED, retryAfterSeconds: 800 });
    clock.now = 899_999;
    await expect(throttle.reserve([ANA])).rejects.toMatchObject({ retryAfterSeconds: 1 });
    clock.now = 900_000;
    await throttle.reserve([ANA, HOME]);
  });

  it('counts before the comparison: parallel attempts get no more than the maximum', async () => {
    const { throttle } = setup();
    const answers = await Promise.allSettled(Array.from({ length: 50 }, () => throttle.reserve([ANA, HOME])));
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  });

  it('counts an attempt on all lanes or on none', async () => {
    const { throttle, fail } = setup();
    await fail([ANA], 3);
    for (let round = 0; round < 5; round += 1)
      await expect(throttle.reserve([ANA, HOME])).rejects.toMatchObject(THROTTLED);
    await Promise.all(Array.from({ length: 3 }, () => throttle.reserve([HOME])));
  });

  it('starts identifier and device afresh after a success, and gives an address only that attempt back', async () => {
    const { throttle, fail } = setup();
    await fail([ANA, DEVICE, HOME], 2);
    await throttle.succeed(await throttle.reserve([ANA, DEVICE, HOME]));
    await fail([ANA, DEVICE], 2);
    await throttle.release(await throttle.reserve([ANA, DEVICE]));
    // A good account of one's own must not renew the guesses that an address has at others.
    await fail([BEN, HOME], 1);
    await expect(throttle.reserve([HOME])).rejects.toMatchObject(THROTTLED);
  });

  it('gives everything back that was released', async () => {
    const { throttle } = setup();
    for (let round = 0; round < 10; round += 1) await throttle.release(await throttle.reserve([ANA, HOME]));
    await expect(throttle.reserve([ANA, HOME])).resolves.toBeDefined();
  });

  it('counts a lane named twice once', async () => {
    const { throttle, fail } = setup();
    await fail([ANA, ANA], 2);
    await expect(throttle.reserve([ANA])).resolves.toBeDefined();
  });

  it('counts a guess that a success overtook', async () => {
    const { throttle } = setup();
    const guesses = [await throttle.reserve([ANA]), await throttle.reserve([ANA])];
    await throttle.succeed(await throttle.reserve([ANA]));
    await Promise.all(guesses.map((guess) => throttle.fail(guess)));
    await throttle.reserve([ANA]);
    await expect(throttle.reserve([ANA])).rejects.toMatchObject(THROTTLED);
  });

  it('answers for whoever exists and whoever does not with the same words', async () => {
    const { throttle, fail } = setup();
    await fail([ANA], 3);
    await fail([BEN], 3);
    const [ana, ben] = await Promise.all(
      [ANA, BEN].map((lane) => throttle.reserve([lane]).catch((error: unknown) => error)),
    );
    expect(JSON.stringify(ana)).toBe(JSON.stringify(ben));
    expect(String(ana)).toBe(String(ben));
  });
});

describe('the guard at the door', () => {
  /** A lane that is locked for 900 s from time 0 on, and that an attempt has found locked at 99.5 s. */
  async function metLock(lanes = [ANA, HOME]) {
    const { throttle, fail, clock, store } = setup();
    await fail([ANA], 3);
    clock.now = 99_500;
    await expect(throttle.reserve(lanes)).rejects.toMatchObject(THROTTLED);
    return { throttle, clock, fail, store };
  }

  it('knows no lock that no attempt has met', async () => {
    const { throttle, fail } = setup();
    await fail([ANA], 3);
    expect(() => throttle.check([ANA])).not.toThrow();
  });

  it('turns away for a second what met a lock, with the time that is left of it, and asks nobody', async () => {
    const { throttle, clock, store } = await metLock();
    const asked = vi.spyOn(store, 'reserve');
    clock.now = 100_499;
    const refusal = expect.objectContaining({ ...THROTTLED, retryAfterSeconds: 800 }) as Error;
    for (const lanes of [[ANA], [HOME, ANA]]) {
      expect(() => throttle.check(lanes)).toThrow(refusal);
      await expect(throttle.reserve(lanes)).rejects.toMatchObject(THROTTLED);
    }
    expect(() => throttle.check([HOME])).not.toThrow();
    expect(asked).not.toHaveBeenCalled();
    clock.now = 100_500;
    expect(() => throttle.check([ANA])).not.toThrow();
    await expect(throttle.reserve([ANA])).rejects.toMatchObject({ retryAfterSeconds: 800 });
    expect(asked).toHaveBeenCalledTimes(1);
    expect(() => throttle.check([ANA])).toThrow(refusal);
  });

  it('believes a lock no longer than it lasts', async () => {
    const { throttle, clock } = await metLock();
    clock.now = 899_900;
    await expect(throttle.reserve([ANA])).rejects.toMatchObject({ retryAfterSeconds: 1 });
    clock.now = 900_000;
    await throttle.reserve([ANA]);
  });

  it('remembers no attempts under way, which may be over at once', async () => {
    const { throttle } = setup();
    const places = await Promise.all(Array.from({ length: 3 }, () => throttle.reserve([ANA])));
    await expect(throttle.reserve([ANA])).rejects.toMatchObject({ ...THROTTLED, retryAfterSeconds: 1 });
    expect(() => throttle.check([ANA])).not.toThrow();
    for (const place of places) await throttle.release(place);
    await throttle.reserve([ANA]);
  });

  it('forgets a lock that a success has cleared', async () => {
    const { throttle, fail } = setup();
    const late = await throttle.reserve([ANA]);
    await throttle.succeed(await throttle.reserve([ANA]));
    await fail([ANA], 3);
    await expect(throttle.reserve([ANA])).rejects.toMatchObject(THROTTLED);
    await throttle.succeed(late);
    expect(() => throttle.check([ANA])).not.toThrow();
    await throttle.reserve([ANA]);
  });

  it('forgets the lanes met least lately rather than grow without end', async () => {
    const store = { reserve: () => Promise.resolve({ granted: false, locked: true, retryAfterMs: 1000 }) };
    const full = new SignInThrottle(store as unknown as MemoryThrottleStore, { monotonic: () => 0 });
    const lanes = Array.from({ length: 10_001 }, (_none, index) => identifierLane('username', `u${index}`));
    for (const lane of lanes) await full.reserve([lane]).catch(() => undefined);
    expect(() => full.check(lanes.slice(0, 1))).not.toThrow();
    expect(() => full.check(lanes.slice(1, 2))).toThrow(expect.objectContaining(THROTTLED) as Error);
  });
});
