import type { DenialReason, SmsTicket } from '../domain/sms-guard.js';

export interface SmsDenial {
  reason: DenialReason;
  retryAfterMs: number;
}

/**
 * Counts SMS whose codes were not entered, and those that were. Each call is decided as a whole.
 * @throws DomainError `otp.unavailable` from every method when the store does not answer in time
 */
export abstract class SmsLedger {
  /** Counts an SMS as unverified, or says why that would be too many and counts nothing. */
  abstract admit(ticket: SmsTicket, now: Date): Promise<SmsDenial | undefined>;
  /** The SMS was not sent after all. */
  abstract giveBack(ticket: SmsTicket): Promise<void>;
  /** The code was entered: it counts as verified. To be called once. */
  abstract settle(ticket: SmsTicket, now: Date): Promise<void>;
}
