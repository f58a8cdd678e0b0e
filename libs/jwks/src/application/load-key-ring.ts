import type { Clock } from '@platform/kernel';
import { keyError } from '../domain/key-error.js';
import type { KeyRing } from '../domain/key-ring.js';
import { type StoredKeys, toRing } from '../domain/stored-keys.js';
import type { KeyStore } from './key-store.js';

/** Reads the store into a ring that can sign at once; anything less stops the boot. */
export class LoadKeyRing {
  constructor(
    private readonly store: KeyStore,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly tokenTtlSeconds: number,
  ) {}

  /** @throws DomainError `keys.…`: the file and what is wrong with it; `keys.none-active` when nothing may sign now */
  async execute(): Promise<KeyRing> {
    return toActiveRing(await this.store.read(), this.store.name, this.tokenTtlSeconds, this.clock.now());
  }
}

/** @throws DomainError `keys.…`; `keys.none-active` for keys of which none may sign now */
export function toActiveRing(stored: StoredKeys, name: string, tokenTtlSeconds: number, now: Date): KeyRing {
  const ring = toRing(stored, tokenTtlSeconds);
  const states = ring.states(now);
  if (states.every(({ state }) => state === 'next')) {
    const first = states[0] ? `the first activates at ${states[0].key.activatesAt.toISOString()}` : 'it lists none';
    throw keyError('none-active', `${name}: no key is active now; ${first}`);
  }
  return ring;
}
