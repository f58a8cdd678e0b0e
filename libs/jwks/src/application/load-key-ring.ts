import type { Clock } from '@platform/kernel';
import { keyError } from '../domain/key-error.js';
import { KeyRing } from '../domain/key-ring.js';
import type { KeyStore } from './key-store.js';

/** Reads the store into a ring that can sign at once; anything less stops the boot (or, later, a reload). */
export class LoadKeyRing {
  constructor(
    private readonly store: KeyStore,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly tokenTtlSeconds: number,
  ) {}

  /** @throws DomainError `keys.…`: the file and what is wrong with it; `keys.none-active` when nothing may sign now */
  async execute(): Promise<KeyRing> {
    const ring = new KeyRing(await this.store.read(), this.tokenTtlSeconds);
    const states = ring.states(this.clock.now());
    if (states.every(({ state }) => state === 'next')) {
      const first = states[0] ? `the first activates at ${states[0].key.activatesAt.toISOString()}` : 'it lists none';
      throw keyError('none-active', `${this.store.name}: no key is active now; ${first}`);
    }
    return ring;
  }
}
