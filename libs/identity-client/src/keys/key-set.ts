import { ServiceUnavailableError } from '../errors.js';
import { isObject } from '../transport/values.js';
import type { Algorithm } from './algorithms.js';
import { toVerificationKey, type VerificationKey } from './verification-key.js';

/** A ring holds a few keys; more is not our service's answer. */
const MAX_KEYS = 100;

export interface KeySet {
  keys: ReadonlyMap<string, VerificationKey>;
  /** Why members of the set were left out. */
  refused: { kid: string | undefined; reason: string }[];
}

/**
 * Reads a JWK set (RFC 7517 §5). A key that must not verify is left out; the others stand.
 * @throws ServiceUnavailableError when it is no set, or has no key that may verify: our service never publishes none, so
 *   this is somebody else's answer, and the keys from before stand
 */
export async function readKeySet(body: unknown, algorithms: readonly Algorithm[]): Promise<KeySet> {
  const members = isObject(body) ? body['keys'] : undefined;
  if (!Array.isArray(members) || members.length > MAX_KEYS)
    throw new ServiceUnavailableError('The answer is no JWK set.');
  const keys = new Map<string, VerificationKey>();
  const refused: KeySet['refused'] = [];
  const seen = new Set<string>();
  for (const member of members as unknown[]) {
    try {
      const key = await toVerificationKey(member, algorithms);
      // Of two keys with one name nobody can say which one was meant.
      if (seen.has(key.kid)) {
        keys.delete(key.kid);
        throw new Error('two keys of this kid');
      }
      seen.add(key.kid);
      keys.set(key.kid, key);
    } catch (error) {
      refused.push({ kid: kidOf(member), reason: (error as Error).message });
    }
  }
  if (keys.size === 0) throw new ServiceUnavailableError('The JWK set has no key that may verify.');
  return { keys, refused };
}

function kidOf(member: unknown): string | undefined {
  const kid = isObject(member) ? member['kid'] : undefined;
  return typeof kid === 'string' ? kid.slice(0, 255) : undefined;
}
