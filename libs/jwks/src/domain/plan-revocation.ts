import type { SigningAlgorithm } from './jwk.js';
import { keyError } from './key-error.js';
import { livingEntries, type ManifestEntry } from './key-manifest.js';
import { type KeyRing, MAX_CLOCK_SKEW_SECONDS } from './key-ring.js';
import { mapEntries, pathOf, type StoredKeys, tryKey } from './stored-keys.js';

/** What is left after a revocation. */
export interface RevocationPlan {
  kept: StoredKeys;
  /** Kids revoked by this. */
  revoked: string[];
  /** The algorithm of the key that must be made, where none is left that could sign; it signs from `signsFrom` on. */
  wanted: SigningAlgorithm | undefined;
  signsFrom: Date;
}

/**
 * Revokes a key. Its entry stays listed, its file does not. Keys that are gone leave, so that none of them comes to sign
 * again; where no active key is left, the next one is brought forward: some know it, and nobody knows one just made.
 * @returns a plan that revokes nothing where the key is revoked already
 * @throws DomainError `keys.unknown-kid`
 */
export function planRevocation(stored: StoredKeys, ring: KeyRing, kid: string, now: Date): RevocationPlan {
  const all = ring.states(now);
  const signsFrom = atOnce(now);
  const chosen = all.find(({ key }) => key.kid === kid)?.key;
  if (!chosen) {
    if (ring.revoked.some((revoked) => revoked.kid === kid))
      return { kept: stored, revoked: [], wanted: undefined, signsFrom };
    throw keyError('unknown-kid', `there is no key ${kid}; \`identity keys list\` shows those that there are`);
  }
  const left = all.filter(({ key, state }) => key !== chosen && state !== 'gone');
  const oldest = left[0];
  const kept = mapEntries(stored, (entry) => {
    const file = pathOf(stored, entry);
    if (file === chosen.file) return revoke(entry, kid, now);
    if (entry.revokedAt !== undefined) return entry;
    if (oldest?.state === 'next' && file === oldest.key.file) return { ...entry, activatesAt: signsFrom.toISOString() };
    return left.some(({ key }) => key.file === file) ? entry : undefined;
  });
  return { kept, revoked: [kid], wanted: oldest ? undefined : chosen.alg, signsFrom };
}

/** Revokes every key, also those whose files are lost or damaged: a new one takes their place. */
export function planNewRing(stored: StoredKeys, now: Date): RevocationPlan {
  const living = livingEntries(stored.manifest);
  const keys = living.map((entry) => ({ entry, key: tryKey(stored, entry) }));
  const kids = new Map(keys.map(({ entry, key }) => [entry, key?.kid ?? entry.kid]));
  return {
    kept: mapEntries(stored, (entry) => (kids.has(entry) ? revoke(entry, kids.get(entry), now) : entry)),
    revoked: keys.map(({ entry, key }) => key?.kid ?? entry.kid ?? entry.file),
    wanted: keys.at(-1)?.key?.alg ?? living.at(-1)?.alg ?? 'ES256',
    signsFrom: atOnce(now),
  };
}

function revoke(entry: ManifestEntry, kid: string | undefined, now: Date): ManifestEntry {
  return { ...entry, ...(kid === undefined ? {} : { kid }), revokedAt: now.toISOString() };
}

/** A replica whose clock is behind would have no active key, and keep the old ring with the revoked one. */
function atOnce(now: Date): Date {
  return new Date(now.getTime() - MAX_CLOCK_SKEW_SECONDS * 1000);
}
