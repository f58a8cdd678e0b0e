import { invalidIdentifier } from './invalid-identifier.js';

/** 3–32 of a–z, 0–9 and single `. _ -` inside; begins with a letter, so that it is never taken for a number or an id. */
const USERNAME = /^[a-z](?:[._-]?[a-z0-9])*$/i;
const MIN = 3;
const MAX = 32;

/** Names that would lend somebody an authority they do not have, or meet an address or a mailbox of ours; without separators. */
const RESERVED = new Set(
  `about abuse account accounts admin administrator anonymous api auth billing contact daemon guest help helpdesk
   hostmaster identity info internal login logout mail me moderator noreply nobody null official operator owner
   payment payments policy postmaster privacy root sales security seller service sessions settings signin signout
   signup staff status superuser support sys system team test undefined user username users verify webmaster www`.split(
    /\s+/,
  ),
);

/**
 * Lower case; ASCII alone, because look-alike letters would let one person pose as another. Tested before it is
 * lowered: the Kelvin sign becomes a `k`.
 */
export function canonicalUsername(text: string): string | undefined {
  return text.length >= MIN && text.length <= MAX && USERNAME.test(text) ? text.toLowerCase() : undefined;
}

/**
 * Reserved names can be given by an operator, never taken at sign-up.
 * @throws DomainError `request.invalid` on `identifier.value`
 */
export function assertUsernameMayBeTaken(value: string): void {
  if (RESERVED.has(value.replace(/[._-]/g, ''))) {
    throw invalidIdentifier('This name is reserved.', 'reserved');
  }
}
