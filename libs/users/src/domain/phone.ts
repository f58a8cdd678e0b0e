import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/** What a number without a country code is taken for. */
const DEFAULT_REGION = 'VN';
/** Longest international number with separators; the parser is not asked to look at more. */
const MAX_LENGTH = 40;

/** E.164 (`+84901234567`), or nothing when the text is not a valid number and no more than that. */
export function canonicalPhone(text: string): string | undefined {
  if (text.length > MAX_LENGTH) return undefined;
  const number = parsePhoneNumberFromString(text, { defaultCountry: DEFAULT_REGION, extract: false });
  return number?.isValid() && !number.ext ? number.number : undefined;
}
