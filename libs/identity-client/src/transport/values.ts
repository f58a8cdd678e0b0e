/** Small checks of what others sent; there are too few of them for a library of schemas. */
export type Members = Record<string, unknown>;

export const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A text that somebody meant to be one: not empty, and not a way to fill memory. */
export const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= 255;

/** An id as the service writes it: a decimal number of 64 bits, as text. */
export const isId = (value: unknown): value is string => typeof value === 'string' && /^\d{1,19}$/.test(value);

/** A number that an option may be. @throws RangeError for another one, also for NaN */
export function within(option: string, value: number, least: number, most: number): number {
  if (value >= least && value <= most) return value;
  throw new RangeError(`${option} may be ${least} to ${most}.`);
}
