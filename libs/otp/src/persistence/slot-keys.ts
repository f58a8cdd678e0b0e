import type { Slot } from '../application/pending-codes.js';

/** The keys of one slot: code, attempts, lock, cooldown, quota. */
export type SlotKeys = [code: string, attempts: string, lock: string, cooldown: string, quota: string];

/** `phone-auth:lock:+84901234567`; in a Cluster the identifier is a hash tag, so that one script may touch all five. */
export function slotKeys({ namespace, identifier }: Slot, isCluster: boolean): SlotKeys {
  const suffix = isCluster ? hashTag(identifier) : identifier;
  const key = (what: string) => `${namespace}:${what}:${suffix}`;
  return [key('code'), key('attempts'), key('lock'), key('cooldown'), key('quota')];
}

/** A tag ends at its first `}` and counts only if there is something in it; a mail address may begin with one. */
function hashTag(identifier: string): string {
  return identifier.startsWith('}') ? `{brace}${identifier}` : `{${identifier}}`;
}

/** The identifier of a key's last part, as slotKeys wrote it. No identifier ends with a brace. */
export function identifierOf(suffix: string, isCluster: boolean): string {
  if (!isCluster) return suffix;
  return suffix.endsWith('}') ? suffix.slice(1, -1) : suffix.replace('{brace}', '');
}
