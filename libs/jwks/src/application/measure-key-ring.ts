import { gauge } from '@platform/telemetry';
import type { Clock } from '@platform/kernel';
import type { KeyRingHolder } from './key-ring-holder.js';

/**
 * Registers what the ring shows of itself, read from the ring in use at each scrape: time moves a key from state to
 * state without any call.
 */
export function measureKeyRing(holder: KeyRingHolder, clock: Pick<Clock, 'now'>): void {
  gauge('identity_signing_keys', 'Published signing keys by state.', ['state'], (keys) => {
    for (const [state, count] of Object.entries(holder.current().count(clock.now()))) keys.set({ state }, count);
  });
  gauge('identity_signing_key_info', 'The key that signs now.', ['kid'], (info) => {
    info.reset(); // the one before must not stay beside its successor
    for (const { key, state } of holder.current().states(clock.now()))
      if (state === 'signing') info.set({ kid: key.kid }, 1);
  });
}
