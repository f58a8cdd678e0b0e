import { describe, expect, it, vi } from 'vitest';
import type { Settings } from '@platform/config';
import type { Directory, SignInAccount } from '@identity/users';
import { SessionTokens } from '../domain/session/session-tokens.js';
import { MemoryThrottleStore } from '../persistence/throttle/memory-throttle-store.js';
import { GuardPassword } from './guard-password.js';
import { HashQueue } from './password/hash-queue.js';
import { PasswordHasher } from './password/password-hasher.js';
import { SignInThrottle } from './throttle/sign-in-throttle.js';

const MAX = 2;
const THROTTLED = { code: 'auth.throttled', retryAfterSeconds: 900 };

function setup() {
  const clock = { now: 0, monotonic: () => clock.now };
  const settings = { password: { memoryKib: 1024, iterations: 2 } } as Settings;
  const hasher = new PasswordHasher(settings, new HashQueue({ concurrency: 1, deadlineMs: 1000, clock }));
  const store = new MemoryThrottleStore(() => ({ maxFailures: MAX, windowMs: 900_000, lockMs: 900_000 }), clock);
  const tokens = new SessionTokens(Buffer.alloc(32, 1));
  const guard = new GuardPassword({} as Directory, hasher, new SignInThrottle(store, clock), tokens);
  const findAccount = vi.fn((): Promise<SignInAccount | undefined> => Promise.resolve(undefined));
  const verify = vi.spyOn(hasher, 'verify');
  const guess = (deviceToken?: string) =>
    guard.check({ identifier: { scheme: 'username', value: 'ana' }, password: 'wrong', findAccount, deviceToken });
  return { clock, findAccount, verify, guess, tokens };
}

describe('guessing on behind a lock', () => {
  it('costs a look-up and a place in the line for a hash once a second, and else neither', async () => {
    const { guess, findAccount, verify, clock } = setup();
    for (let round = 0; round < MAX; round += 1) expect(await guess()).toMatchObject({ valid: false });
    await expect(guess()).rejects.toMatchObject(THROTTLED);
    const counts = () => [findAccount.mock.calls.length, verify.mock.calls.length];
    expect(counts()).toEqual([MAX + 1, MAX + 1]);
    for (let round = 0; round < 10; round += 1) await expect(guess()).rejects.toMatchObject(THROTTLED);
    expect(counts()).toEqual([MAX + 1, MAX + 1]);
    clock.now = 1000;
    await expect(guess()).rejects.toMatchObject({ code: 'auth.throttled' });
    expect(counts()).toEqual([MAX + 2, MAX + 2]);
  });

  it('with a device token costs a look-up, which tells whose it is, and never a hash', async () => {
    const { guess, findAccount, verify, tokens } = setup();
    const token = tokens.sealDevice('1', tokens.newDeviceId(), new Date(0));
    for (let round = 0; round <= MAX; round += 1) await guess(token).catch(() => undefined);
    await expect(guess(token)).rejects.toMatchObject(THROTTLED);
    expect([findAccount.mock.calls.length, verify.mock.calls.length]).toEqual([MAX + 2, MAX + 1]);
  });
});
