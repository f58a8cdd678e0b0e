import { invalidIdentifier } from './invalid-identifier.js';

/** 3–32 of a–z, 0–9 and single `. _ -` inside; begins with a letter, so that it is never taken for a number or an id. */
const USERNAME = /^[a-z](?:[._-]?[a-z0-9])*$/;
const MIN = 3;
const MAX = 32;

/** Names that would lend somebody an authority they do not have, or meet an address or a mailbox of ours. */
const RESERVED = new Set(
  `about abuse account accounts admin administrator anonymous api auth billing contact daemon guest help helpdesk
   hostmaster identity info internal login logout mail me moderator noreply no-reply nobody null official operator owner
   payment payments policy postmaster privacy root sales security seller service sessions settings sign-in sign-out
   sign-up staff status superuser support sys system team test undefined user username users verify webmaster www`.split(
    /\s+/,
  ),
);

/** Lower case; ASCII alone, because look-alike letters would let one person pose as another. */
export function canonicalUsername(text: string): string | undefined {
  const value = text.toLowerCase();
  return value.length >= MIN && value.length <= MAX && USERNAME.test(value) ? value : undefined;
}

/**
 * Reserved names can be given by an operator, never taken at sign-up.
 * @throws DomainError `request.invalid` on `identifier.value`
 */
export function assertUsernameMayBeTaken(value: string): void {
  if (RESERVED.has(value) || RESERVED.has(value.replace(/[._-]/g, ''))) {
    throw invalidIdentifier('This name is reserved.', 'reserved');
  }
}
