import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** What a number without a country code is taken for. */
const DEFAULT_REGION = 'VN';
/** Longest international number with separators; the parser is not asked to look at more. */
const MAX_LENGTH = 40;
/** A plus and fifteen digits; the metadata of some countries allow more. */
const MAX_E164 = 16;

/** Digits of any script and what people put between them: no letters, hence no extension and no RFC 3966 parameters. */
const DIALLED = /^[+＋]?[\p{Nd}\p{Pd}\p{Zs}./()（）]+$/u;

/** E.164 (`+84901234567`), or nothing when the text is not a valid number and no more than that. */
export function canonicalPhone(text: string): string | undefined {
  if (text.length > MAX_LENGTH || !DIALLED.test(text)) return undefined;
  const number = parsePhoneNumberFromString(text, { defaultCountry: DEFAULT_REGION, extract: false });
  return number?.isValid() && !number.ext && number.number.length <= MAX_E164 ? number.number : undefined;
}

/** The country of a number in E.164 as ISO 3166 has it (`VN`); nothing for numbers of no country (`+800…`). */
export function phoneCountry(e164: string): string | undefined {
  return parsePhoneNumberFromString(e164)?.country;
}
