import type { Clock } from '@platform/kernel';
import type { SigningAlgorithm } from '../domain/jwk.js';
import { assertLead, assertNoneWaits, dropGone, isRotationDue, planActivation } from '../domain/plan-rotation.js';
import { toRing, withKey } from '../domain/stored-keys.js';
import { DEFAULT_LEAD_SECONDS } from './generate-key.js';
import type { KeyStore } from './key-store.js';
import { makeKey } from './make-key.js';

/** How a rotation is asked for; without `everyDays` it is always due. */
export interface RotationOrder {
  /** That of the newest key by default. */
  alg?: SigningAlgorithm;
  leadSeconds?: number;
  /** Takes a lead that is too short for some consumers, and a second key in waiting. */
  force?: boolean;
  /** Rotate only once the newest key has been active for this many days. */
  everyDays?: number;
}

/** What a rotation came to; without a key none was due. */
export interface Rotation {
  key?: { kid: string; alg: SigningAlgorithm; activatesAt: Date };
  /** Keys that were gone and have been taken out. */
  dropped: string[];
}

/** Begins a rotation: adds a key that signs after its lead, and takes out those that are gone. Time does the rest. */
export class RotateKeys {
  constructor(
    private readonly store: KeyStore,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly tokenTtlSeconds: number,
  ) {}

  /**
   * @throws DomainError `keys.invalid-lead`, `keys.lead-too-short`, `keys.next-waiting`, and what the store throws
   */
  async execute({
    alg,
    leadSeconds = DEFAULT_LEAD_SECONDS,
    force = false,
    everyDays,
  }: RotationOrder = {}): Promise<Rotation> {
    assertLead(leadSeconds);
    return await this.store.update<Rotation>(async (stored) => {
      const now = this.clock.now();
      const ring = toRing(stored, this.tokenTtlSeconds);
      if (everyDays !== undefined && !isRotationDue(ring, everyDays, now)) return { result: { dropped: [] } };
      if (!force) assertNoneWaits(ring, now);
      const activatesAt = planActivation(ring, { leadSeconds, force }, now);
      const key = await makeKey(alg ?? ring.states(now).at(-1)?.key.alg ?? 'ES256');
      const { kept, dropped } = dropGone(stored, ring, now);
      return {
        keys: withKey(kept, key, activatesAt),
        result: { key: { kid: key.kid, alg: key.alg, activatesAt }, dropped },
      };
    });
  }
}
