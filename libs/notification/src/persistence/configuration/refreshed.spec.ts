import { expect, it } from 'vitest';
import { Refreshed } from './refreshed.js';

const AWAY = new Error('away');

function refreshed() {
  let now = 1000;
  const state = { value: 'first', loads: 0, error: undefined as Error | undefined };
  const subject = new Refreshed({
    load: async () => {
      state.loads += 1;
      await Promise.resolve();
      if (state.error) throw state.error;
      return state.value;
    },
    clock: { monotonic: () => now },
    maxAgeMs: 10_000,
    retryMs: 2000,
    survives: (error) => error === AWAY,
  });
  return { subject, state, pass: (ms: number) => void (now += ms) };
}

it('loads once for many who ask at once, and again when it is too old', async () => {
  const { subject, state, pass } = refreshed();
  expect(await Promise.all([subject.get(), subject.get(), subject.get()])).toEqual(['first', 'first', 'first']);
  state.value = 'second';
  pass(9999);
  expect(await subject.get()).toBe('first');
  expect(state.loads).toBe(1);
  pass(1);
  expect(await subject.get()).toBe('second');
  expect(state.loads).toBe(2);
});

it('serves the last good value while the store is away, and does not ask at every turn', async () => {
  const { subject, state, pass } = refreshed();
  await subject.get();
  Object.assign(state, { error: AWAY, value: 'second' });
  pass(10_000);
  expect([await subject.get(), await subject.get()]).toEqual(['first', 'first']);
  expect(state.loads).toBe(2);
  state.error = undefined;
  pass(2000);
  expect(await subject.get()).toBe('second');
});

it('has nothing to serve before the first load, and hides no other fault', async () => {
  const { subject, state, pass } = refreshed();
  state.error = AWAY;
  await expect(subject.get()).rejects.toBe(AWAY);
  state.error = undefined;
  await subject.get();
  state.error = new Error('something else');
  pass(10_000);
  await expect(subject.get()).rejects.toThrow('something else');
});
