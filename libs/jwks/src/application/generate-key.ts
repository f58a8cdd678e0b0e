import type { Clock } from '@platform/kernel';
import type { SigningAlgorithm } from '../domain/jwk.js';
import { assertLead, planActivation } from '../domain/plan-rotation.js';
import { fileOf, pathOf, toRing, withKey } from '../domain/stored-keys.js';
import type { KeyStore } from './key-store.js';
import { makeKey } from './make-key.js';

/** Twice what the slowest sisters take to refetch: all of them know the key before it signs. */
export const DEFAULT_LEAD_SECONDS = 86_400;

/** What was made; no key material. */
export interface GeneratedKey {
  kid: string;
  alg: SigningAlgorithm;
  /** Path of the PEM file. */
  file: string;
  activatesAt: Date;
}

/** Makes a signing key and puts it in the store: the first signs at once, a later one after a lead. */
export class GenerateKey {
  constructor(
    private readonly store: KeyStore,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /**
   * @param options `alg` ES256 by default; `leadSeconds` how long the key is published before it signs, 24 h by default,
   *   without meaning for the first key; `force` takes a lead that is too short for some consumers
   * @throws DomainError `keys.invalid-lead`, `keys.lead-too-short`, and what the store throws
   */
  async execute(
    options: { alg?: SigningAlgorithm; leadSeconds?: number; force?: boolean } = {},
  ): Promise<GeneratedKey> {
    const { alg = 'ES256', leadSeconds = DEFAULT_LEAD_SECONDS, force = false } = options;
    assertLead(leadSeconds);
    return await this.store.update(async (stored) => {
      const ring = toRing(stored, 0); // which keys are gone already does not matter here
      const activatesAt = planActivation(ring, { leadSeconds, force }, this.clock.now());
      const key = await makeKey(alg);
      const file = pathOf(stored, { file: fileOf(key) });
      return { keys: withKey(stored, key, activatesAt), result: { kid: key.kid, alg, file, activatesAt } };
    });
  }
}
