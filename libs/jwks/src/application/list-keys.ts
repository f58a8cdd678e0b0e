import type { Clock } from '@platform/kernel';
import type { SigningAlgorithm } from '../domain/jwk.js';
import type { KeyRing, KeyState } from '../domain/key-ring.js';
import { toRing } from '../domain/stored-keys.js';
import type { KeyStore } from './key-store.js';

/** A key as the operator sees it; no key material. */
export interface ListedKey {
  kid: string;
  alg: SigningAlgorithm;
  state: KeyState;
  activatesAt: Date;
  /** Whole seconds since the activation; 0 before it. */
  ageSeconds: number;
  /** When the state ends; null when nothing is due. */
  changesAt: Date | null;
}

/** A key that has been revoked; its `kid` is unknown where the entry was written by hand. */
export interface RevokedListing extends Omit<ListedKey, 'kid' | 'alg' | 'state'> {
  kid: string | null;
  alg: null;
  state: 'revoked';
}

/** Lists every key of the store, also those that are gone from the JWK set and may be deleted. */
export class ListKeys {
  constructor(
    private readonly store: KeyStore,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly tokenTtlSeconds: number,
  ) {}

  /**
   * @returns oldest activation first, then what has been revoked; a store in which no key is active is listed too, so
   *   that it can be mended
   * @throws DomainError `keys.…` on the first key that is not usable
   */
  async execute(): Promise<(ListedKey | RevokedListing)[]> {
    const now = this.clock.now();
    const ring = toRing(await this.store.read(), this.tokenTtlSeconds);
    const revoked = ring.revoked.map(({ kid = null, activatesAt }) => {
      return {
        kid,
        alg: null,
        state: 'revoked' as const,
        activatesAt,
        ageSeconds: age(activatesAt, now),
        changesAt: null,
      };
    });
    return [...listRing(ring, now), ...revoked];
  }
}

/** The keys of a ring, oldest activation first. */
export function listRing(ring: KeyRing, now: Date): ListedKey[] {
  return ring.states(now).map(({ key, state, endsAt }) => ({
    kid: key.kid,
    alg: key.alg,
    state,
    activatesAt: key.activatesAt,
    ageSeconds: age(key.activatesAt, now),
    changesAt: endsAt,
  }));
}

function age(activatesAt: Date, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - activatesAt.getTime()) / 1000));
}
