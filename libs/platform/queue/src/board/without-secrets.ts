const HIDDEN = '[hidden]';
/** Texts that come from elsewhere: errors of ours hold no address, one of a library might. */
const FREE_TEXT = new Set(['failedReason', 'stacktrace', 'logs', 'deferredFailure']);
const ADDRESS = /[^\s<>"']+@[^\s<>"']+/g;
const NUMBER = /\+?\d(?:[ .-]?\d){5,}/g;
/** Never shown, wherever it stands; the owner's allow-list has no place for it either. */
const SEALED = 'sealed';

/** A copy of what the board would tell, in which free text shows neither addresses nor numbers nor codes. */
export function withoutSecrets(value: unknown, isFree = false): unknown {
  if (typeof value === 'string') return isFree ? withoutAddresses(value) : value;
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, isFree));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      name === SEALED ? HIDDEN : withoutSecrets(member, isFree || FREE_TEXT.has(name)),
    ]),
  );
}

/** A text of a library, which may quote what it was given: without addresses, numbers and codes. */
export function withoutAddresses(text: string): string {
  return text.replaceAll(ADDRESS, HIDDEN).replaceAll(NUMBER, HIDDEN);
}
