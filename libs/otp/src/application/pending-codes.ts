import type { OtpNamespace } from '@platform/config';
import type { Answer } from '../domain/code-macs.js';
import type { Refusal } from '../domain/refusals.js';
import type { SmsTicket } from '../domain/sms-guard.js';

/** Where a code waits: one for each purpose and identifier. `identifier` is the canonical value. */
export interface Slot {
  namespace: OtpNamespace;
  identifier: string;
}

/** A code to be kept until it is entered. */
export interface NewCode extends Answer {
  issuedAt: Date;
  expiresAt: Date;
  /** Until then no other one is kept. */
  resendAvailableAt: Date;
  /** Where its SMS was counted. */
  sms?: SmsTicket;
}

export type Verdict =
  { outcome: 'verified'; sms?: SmsTicket } | { outcome: 'invalid' } | { outcome: 'locked'; retryAfterMs: number };

/**
 * Codes that were sent and not yet entered. Each call is decided as a whole, also between processes.
 * @throws DomainError `otp.unavailable` from every method when the store does not answer in time
 */
export abstract class PendingCodes {
  /** Whether a code would be refused now; changes nothing. */
  abstract findRefusal(slot: Slot): Promise<Refusal | undefined>;
  /** Keeps a code, which ends the one before, unless the slot is locked, cooling down or over its quota. */
  abstract issue(slot: Slot, code: NewCode): Promise<Refusal | undefined>;
  /** Undoes `issue` for a code that could not be sent; a newer one stays. */
  abstract withdraw(slot: Slot, code: NewCode): Promise<void>;
  /** Counts the guess, then compares; a right one is spent. */
  abstract verify(slot: Slot, answer: Answer): Promise<Verdict>;
}
