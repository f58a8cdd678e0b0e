import type { Clock } from '@platform/kernel';
import type { SigningAlgorithm } from '../domain/jwk.js';
import { KeyRing, type KeyState } from '../domain/key-ring.js';
import type { KeyStore } from './key-store.js';

/** A key as the operator sees it; no key material. */
export interface ListedKey {
  kid: string;
  alg: SigningAlgorithm;
  /** Path of the PEM file. */
  file: string;
  state: KeyState;
  activatesAt: Date;
  /** Whole seconds since the activation; 0 before it. */
  ageSeconds: number;
  /** When the state ends; null when nothing is due. */
  changesAt: Date | null;
}

/** Lists every key of the store, also those that are gone from the JWK set and may be deleted. */
export class ListKeys {
  constructor(
    private readonly store: KeyStore,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly tokenTtlSeconds: number,
  ) {}

  /**
   * @returns oldest activation first; a store in which no key is active is listed too, so that it can be mended
   * @throws DomainError `keys.…` on the first key that is not usable
   */
  async execute(): Promise<ListedKey[]> {
    const now = this.clock.now();
    return listRing(new KeyRing(await this.store.read(), this.tokenTtlSeconds), now);
  }
}

/** The keys of a ring, oldest activation first. */
export function listRing(ring: KeyRing, now: Date): ListedKey[] {
  return ring.states(now).map(({ key, state, endsAt }) => ({
    kid: key.kid,
    alg: key.alg,
    file: key.file,
    state,
    activatesAt: key.activatesAt,
    ageSeconds: Math.max(0, Math.floor((now.getTime() - key.activatesAt.getTime()) / 1000)),
    changesAt: endsAt,
  }));
}
