import type { Clock } from '@platform/kernel';
import type { SigningAlgorithm } from '../domain/jwk.js';
import type { KeyRing, KeyState } from '../domain/key-ring.js';
import { toRing } from '../domain/stored-keys.js';
import type { KeyStore } from './key-store.js';

/** A key as the operator sees it; no key material. */
export interface KeyListing {
  /** Unknown of a revoked key whose entry was written by hand. */
  kid: string | null;
  /** Not kept of a revoked key. */
  alg: SigningAlgorithm | null;
  state: KeyState | 'revoked';
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
   * @returns oldest activation first, then what has been revoked; a store in which no key is active is listed too, so
   *   that it can be mended
   * @throws DomainError `keys.…` on the first key that is not usable
   */
  async execute(): Promise<KeyListing[]> {
    return listRing(toRing(await this.store.read(), this.tokenTtlSeconds), this.clock.now());
  }
}

/** The keys of a ring, oldest activation first, then what has been revoked. */
export function listRing(ring: KeyRing, now: Date): KeyListing[] {
  const living = ring.states(now).map(({ key: { kid, alg, activatesAt }, state, endsAt }) => {
    return { kid, alg, state, activatesAt, ageSeconds: age(activatesAt, now), changesAt: endsAt };
  });
  const revoked = ring.revoked.map(({ kid = null, activatesAt }) => {
    const ageSeconds = age(activatesAt, now);
    return { kid, alg: null, state: 'revoked' as const, activatesAt, ageSeconds, changesAt: null };
  });
  return [...living, ...revoked];
}

function age(activatesAt: Date, now: Date): number {
  return Math.max(0, Math.floor((now.getTime() - activatesAt.getTime()) / 1000));
}
