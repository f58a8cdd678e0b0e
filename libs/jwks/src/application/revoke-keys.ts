import type { Clock } from '@platform/kernel';
import { planNewRing, planRevocation, type RevocationPlan } from '../domain/plan-revocation.js';
import { type StoredKeys, toRing, withKey } from '../domain/stored-keys.js';
import type { Change, KeyStore } from './key-store.js';
import { makeKey } from './make-key.js';

/** What a revocation came to. */
export interface Revocation {
  /** Kids that this has revoked; none where all of it had been done before. */
  revoked: string[];
  /** The key that signs now. */
  signing: string;
  /** Whether it was made for this, so that nobody knows it yet. */
  isNew: boolean;
}

/** The emergency: takes all trust from a key at once, and sees that another one signs, in the same write. */
export class RevokeKeys {
  constructor(
    private readonly store: KeyStore,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly tokenTtlSeconds: number,
  ) {}

  /** @throws DomainError `keys.unknown-kid`, `keys.…` for a key that is not usable, and what the store throws */
  async one(kid: string): Promise<Revocation> {
    return await this.store.update(async (stored) => {
      const ring = toRing(stored, this.tokenTtlSeconds);
      return await this.carryOut(planRevocation(stored, ring, kid, this.clock.now()), stored);
    });
  }

  /** Every key, for a new ring; also when their files are lost. @throws DomainError what the store throws */
  async all(): Promise<Revocation> {
    return await this.store.update((stored) => this.carryOut(planNewRing(stored, this.clock.now()), stored));
  }

  private async carryOut(
    { kept, revoked, wanted, signsFrom }: RevocationPlan,
    before: StoredKeys,
  ): Promise<Change<Revocation>> {
    const keys = wanted ? withKey(kept, await makeKey(wanted), signsFrom) : kept;
    const signing = toRing(keys, this.tokenTtlSeconds).signing(this.clock.now()).kid;
    const result = { revoked, signing, isNew: wanted !== undefined };
    return keys === before ? { result } : { keys, result };
  }
}
