/** What SMS are counted by, to see pumping: codes ordered by a fraud that earns on their delivery, never entered. */
export interface SmsDimensions {
  /** ISO 3166 code of the number's country. */
  country: string;
  /** The number without its last four digits. */
  prefix: string;
  /** The client's IP address, of IPv6 its /64: what it can change only by finding another line. */
  network: string;
}

/** An SMS that was counted, until its code is entered. */
export interface SmsTicket extends SmsDimensions {
  id: string;
}

/** Why the guard denies; values of the metric's label. */
export const DENIALS = [
  'country_not_served',
  'country_daily',
  'country_hourly',
  'prefix_daily',
  'prefix_hourly',
  'network_daily',
  'network_hourly',
  'network_countries',
] as const;
export type DenialReason = (typeof DENIALS)[number];

interface Limit {
  /** How verified codes are kept, and what the ratio is taken of: the best of so many days, or a day's hours together. */
  verified: { bucketMs: number; buckets: number; of: 'max' | 'sum' };
}

const HOUR_MS = 3_600_000;
const LAST_DAY = { bucketMs: HOUR_MS, buckets: 24, of: 'sum' } as const;

/**
 * Daily: the floor (`SMS_FLOORS` of the settings, or tighter), or `ratio` of the verified codes if that is more. Hourly:
 * the floor, or the daily allowance divided by `hourlyDivisor`: six busy hours make a day.
 */
export const SMS_LIMITS = {
  ratio: 0.2,
  hourlyDivisor: 6,
  maxCountries: 3,
  country: { verified: { bucketMs: 24 * HOUR_MS, buckets: 14, of: 'max' } },
  prefix: { verified: LAST_DAY },
  network: { verified: LAST_DAY },
} as const satisfies Record<keyof SmsDimensions, Limit> & Record<string, unknown>;

/** Carriers hand out numbers in blocks of ten thousand, and so do those who rent them out for pumping. */
const BLOCK_DIGITS = 4;

/** @param number in E.164 */
export function numberPrefix(number: string): string {
  return number.slice(0, -BLOCK_DIGITS);
}
