/** The last id that a bigint holds. */
export const LAST_ID = '9223372036854775807';
/** What an id looks like, up to 19 digits; not each of those fits a bigint. */
export const ID_FORM = /^[1-9]\d{0,18}$/;

/** Whether a text is a decimal id that the database can hold. */
export function isId(text: string): boolean {
  return ID_FORM.test(text) && BigInt(text) <= BigInt(LAST_ID);
}
