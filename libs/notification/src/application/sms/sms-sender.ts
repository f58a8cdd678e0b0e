/** An SMS as a provider gets it. */
export interface Sms {
  /** Ours, stable over retries; providers cut it to what they take. */
  id: string;
  /** E.164. */
  to: string;
  /** As `isSmsText` says. */
  text: string;
}

/**
 * How a call to a provider ended. `unknown` may have been sent, and is never sent again by itself; `transient` was
 * certainly not sent and may be tried again or elsewhere; `permanent` was certainly not sent and never will be.
 */
export type SmsOutcome =
  | { kind: 'accepted'; provider: string; providerMessageId?: string }
  | { kind: 'transient' | 'permanent' | 'unknown'; provider: string; reason: string };

/** Sends through the configured providers in their order; the next one is tried after a definite failure alone. */
export abstract class SmsSender {
  /** @throws DomainError `notification.not-configured` when there is no provider; `database.unavailable` */
  abstract send(sms: Sms): Promise<SmsOutcome>;
}
