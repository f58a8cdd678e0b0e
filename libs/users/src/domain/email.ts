import { domainToASCII } from 'node:url';

/** RFC 5321: 64 octets before the @, 254 in all. */
const MAX_LOCAL = 64;
const MAX_TOTAL = 254;
/** The dot-atom of RFC 5322 with the letters of RFC 6531; quoted local parts are refused, nobody's mailbox has one. */
const LOCAL = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** What a domain may be typed with. Node's `domainToASCII` would else read `x.com/y`, `x.com#y` and `%78.com` as `x.com`. */
const TYPED_DOMAIN = /^[\p{L}\p{M}\p{N}.。．｡-]+$/u;
/** Characters that nobody sees, such as variation selectors and fillers: two addresses that look the same would differ. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/u;

/**
 * NFC, lower case, the domain in ASCII (IDNA). Local parts are case-insensitive at every provider that matters, and
 * two accounts that differ by case alone would be a trap.
 */
export function canonicalEmail(text: string): string | undefined {
  const at = text.lastIndexOf('@');
  if (at < 1) return undefined;
  const local = text.slice(0, at).normalize('NFC').toLowerCase().normalize('NFC');
  const typedDomain = text
    .slice(at + 1)
    .normalize('NFC')
    .toLowerCase();
  if (INVISIBLE.test(text) || !LOCAL.test(local) || !TYPED_DOMAIN.test(typedDomain)) return undefined;
  const domain = DOMAIN.test(typedDomain) && !typedDomain.includes('xn--') ? typedDomain : domainToASCII(typedDomain);
  if (!DOMAIN.test(domain)) return undefined;
  const email = `${local}@${domain}`;
  return Buffer.byteLength(local) <= MAX_LOCAL && Buffer.byteLength(email) <= MAX_TOTAL ? email : undefined;
}
