import { describe, expect, it } from 'vitest';
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
  const throttle = new SignInThrottle(
    new MemoryThrottleStore({ maxFailures, windowMs: 900_000, lockMs: 900_000 }, clock),
  );
  const fail = async (lanes: Parameters<SignInThrottle['reserve']>[0], times: number) => {
    for (let round = 0; round < times; round += 1) await throttle.fail(await throttle.reserve(lanes));
  };
  return { clock, throttle, fail };
}

describe('the guard against guessing', () => {
  it('locks every lane of the attempts at the maximum, for as long as it says', async () => {
    const { throttle, fail, clock } = setup();
    await fail([ANA, HOME], 2);
    await throttle.check([ANA, HOME]);
    await fail([ANA, HOME], 1);
    clock.now = 100_500;
    for (const lane of [ANA, HOME]) {
      await expect(throttle.check([lane])).rejects.toMatchObject({ ...THROTTLED, retryAfterSeconds: 800 });
      await expect(throttle.reserve([lane])).rejects.toMatchObject({ ...THROTTLED, retryAfterSeconds: 800 });
    }
    clock.now = 899_999;
    await expect(throttle.check([ANA])).rejects.toMatchObject({ retryAfterSeconds: 1 });
    clock.now = 900_000;
    await throttle.check([ANA, HOME]);
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
    await throttle.check([ANA, DEVICE]);
    // A good account of one's own must not renew the guesses that an address has at others.
    await fail([BEN, HOME], 1);
    await expect(throttle.check([HOME])).rejects.toMatchObject(THROTTLED);
  });

  it('gives everything back that was released', async () => {
    const { throttle } = setup();
    for (let round = 0; round < 10; round += 1) await throttle.release(await throttle.reserve([ANA, HOME]));
    await expect(throttle.check([ANA, HOME])).resolves.toBeUndefined();
  });

  it('counts a lane named twice once', async () => {
    const { throttle, fail } = setup();
    await fail([ANA, ANA], 2);
    await expect(throttle.check([ANA])).resolves.toBeUndefined();
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
      [ANA, BEN].map((lane) => throttle.check([lane]).catch((error: unknown) => error)),
    );
    expect(JSON.stringify(ana)).toBe(JSON.stringify(ben));
    expect(String(ana)).toBe(String(ben));
  });
});
