import { LIMIT_CODES, type LimitFault, type Limits, tightenLimits } from '@platform/config';
import type { LimitRows } from './limit-rows.js';

/**
 * The limits as the rows of this moment tighten them, and what of the rows counts for nothing.
 * @param settings what holds where nothing is tightened
 * @throws DomainError `database.unavailable`
 */
export async function readLimits(rows: LimitRows, settings: Limits): Promise<{ limits: Limits; faults: LimitFault[] }> {
  const { values, ambiguous } = await rows.read();
  const { otp, signIn } = LIMIT_CODES;
  const { limits, faults } = tightenLimits(settings, { otp: values.get(otp), signIn: values.get(signIn) });
  const twice = ambiguous.map((code) => ({ code, path: '', message: 'has more than one row' }) as LimitFault);
  return { limits, faults: [...twice, ...faults] };
}
