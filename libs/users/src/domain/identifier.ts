import { DomainError, type FieldError, invalidRequest } from '@platform/kernel';
import { canonicalEmail } from './email.js';
import { invalidIdentifier } from './invalid-identifier.js';
import { canonicalPhone } from './phone.js';
import { canonicalUsername } from './username.js';

export const IDENTIFIER_SCHEMES = ['email', 'phone', 'username'] as const;
export type IdentifierScheme = (typeof IDENTIFIER_SCHEMES)[number];

/** `value` is what is compared and unique, `display` what the person typed. */
export interface CanonicalIdentifier {
  scheme: IdentifierScheme;
  value: string;
  display: string;
}

const CANONICAL: Record<IdentifierScheme, (value: string) => string | undefined> = {
  email: canonicalEmail,
  phone: canonicalPhone,
  username: canonicalUsername,
};

/**
 * The one form under which an identifier is stored, looked up and counted. Idempotent.
 * @throws DomainError `request.invalid` on `identifier.value`
 */
export function canonicalise(identifier: { scheme: IdentifierScheme; value: string }): CanonicalIdentifier {
  const display = identifier.value.trim();
  const isText = display.isWellFormed() && !/\p{Cc}/u.test(identifier.value);
  const value = isText ? CANONICAL[identifier.scheme](display) : undefined;
  if (value === undefined)
    throw invalidIdentifier(`This is not a usable ${identifier.scheme}.`, `not-${identifier.scheme}`);
  return { scheme: identifier.scheme, value, display: display.normalize('NFC') };
}

/**
 * All of them, in order.
 * @throws DomainError `request.invalid` that names every one that is not usable: `identifiers.3.value`
 */
export function canonicaliseAll(
  identifiers: readonly { scheme: IdentifierScheme; value: string }[],
): CanonicalIdentifier[] {
  const errors: FieldError[] = [];
  const canonical = identifiers.flatMap((identifier, at) => {
    try {
      return [canonicalise(identifier)];
    } catch (error) {
      if (!(error instanceof DomainError) || !error.errors) throw error;
      errors.push(...error.errors.map((each) => ({ ...each, path: `identifiers.${at}.value` })));
      return [];
    }
  });
  if (errors.length === 0) return canonical;
  throw invalidRequest(errors);
}
