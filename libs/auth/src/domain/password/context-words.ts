/** Whose password it is, as far as known: what a guesser would try first. */
export interface PasswordContext {
  /** Canonical values: addresses, numbers, names. */
  identifiers?: readonly string[];
  /** Display names of the profile. */
  names?: readonly string[];
}

/** Words of this service (OWASP ASVS 6.2.11: a context-specific list). */
const SERVICE_WORDS = ['nx-seller-identity', 'nx-seller', 'nxseller', 'seller', 'identity'];
/** A context of a hundred names must not make the check slow. */
const MAX_WORDS = 32;
/** Shorter words are left to zxcvbn: taking `an` out of a passphrase would mean nothing. */
const MIN_LENGTH = 4;
/** A number is written with its country code, with a trunk zero or bare; its last digits are in all of them. */
const SUBSCRIBER_DIGITS = 9;

/** What a profile says that its owner is called. */
export function namesIn(profile: Record<string, unknown> = {}): string[] {
  const { displayName } = profile;
  return typeof displayName === 'string' ? [displayName] : [];
}

/** The words that a password must not rest on, as written and in their parts, longest first. */
export function contextWords({ identifiers = [], names = [] }: PasswordContext): string[] {
  const locals = identifiers
    .filter((value) => value.includes('@'))
    .map((value) => value.slice(0, value.lastIndexOf('@')));
  const digits = identifiers.filter((value) => value.startsWith('+')).map((value) => value.slice(-SUBSCRIBER_DIGITS));
  const given = [...identifiers, ...locals, ...digits, ...names.slice(0, MAX_WORDS)].map((word) => word.slice(0, 128));
  const parts = [...locals, ...names.slice(0, MAX_WORDS)].flatMap((word) =>
    word.slice(0, 128).split(/[^\p{L}\p{M}\p{N}]+/u),
  );
  const words = new Set([...given, ...parts].map(fold).filter((word) => word !== ''));
  return [...SERVICE_WORDS, ...[...words].slice(0, MAX_WORDS)].sort((a, b) => b.length - a.length);
}

/** What is left of a password once the context's words are taken out: how much of it was its owner's own idea. */
export function withoutContext(password: string, words: readonly string[]): string {
  let rest = bare(password);
  for (const word of words.map(bare)) if (Array.from(word).length >= MIN_LENGTH) rest = rest.replaceAll(word, '');
  return rest;
}

function fold(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/** Letters and digits alone, without accents: `Ana-Nguyễn` is no better hidden than `ananguyen`. */
function bare(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '');
}
