import { invalidRequest } from '@platform/kernel';
import { type PasswordContext, contextWords, withoutContext } from './context-words.js';
import { estimatePasswordStrength } from './password-strength.js';

const MIN_LENGTH = 8;
const MAX_LENGTH = 128;
/** 2 of 4: more than 10^6 guesses. Online guessing gets 10 in 15 minutes; stolen hashes cost 25 ms of a core each. */
const MIN_SCORE = 2;
/** A password built on a known word needs this many letters and digits of its own. */
const MIN_OWN_CHARACTERS = 6;

/** With the `u` flag a pair is one character, so this finds only what stands alone. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** What the policy says, by its stable code. */
const REASONS = {
  'password.malformed': 'The password is not well-formed Unicode.',
  'password.too-short': `The password needs at least ${MIN_LENGTH} characters.`,
  'password.too-long': `The password may have at most ${MAX_LENGTH} characters.`,
  'password.too-common': 'The password is a well-known one, or made of your name, your identifier or ours.',
  'password.too-weak': 'The password is too easy to guess; a few unrelated words make a good one.',
} as const;

/** Why a password was refused. */
export type PasswordFault = keyof typeof REASONS;

/**
 * Refuses a new password that is easy to guess. No rules of composition (NIST SP 800-63B-4, OWASP ASVS 6.2.5).
 * @param path the field that held it, as the error names it
 * @throws DomainError `request.invalid` with one field error; never with the password in it
 */
export async function assertAcceptablePassword(
  password: string,
  context: PasswordContext = {},
  path = 'credential.value',
): Promise<void> {
  const fault = findShapeFault(password) ?? (await findGuessableFault(password, context));
  if (fault === undefined) return;
  throw invalidRequest([{ path, code: fault, message: REASONS[fault] }], 'The password cannot be used.');
}

/** Length and shape alone: 8 to 128 code points after NFC, so that a letter counts once however it was typed. */
export function findShapeFault(password: string): PasswordFault | undefined {
  // argon2 would see U+FFFD for every lone surrogate, and all such passwords would be one.
  if (LONE_SURROGATE.test(password)) return 'password.malformed';
  const length = Array.from(password.normalize('NFC')).length;
  if (length < MIN_LENGTH) return 'password.too-short';
  return length > MAX_LENGTH ? 'password.too-long' : undefined;
}

async function findGuessableFault(password: string, context: PasswordContext): Promise<PasswordFault | undefined> {
  const words = contextWords(context);
  const normalized = password.normalize('NFC');
  if (restsOnContext(normalized, words)) return 'password.too-common';
  const { score, common } = await estimatePasswordStrength(normalized, words);
  if (common) return 'password.too-common';
  return score < MIN_SCORE ? 'password.too-weak' : undefined;
}

function restsOnContext(password: string, words: readonly string[]): boolean {
  const own = withoutContext(password, words);
  return own !== withoutContext(password, []) && Array.from(own).length < MIN_OWN_CHARACTERS;
}
