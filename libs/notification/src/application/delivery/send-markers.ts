import type { Channel } from '../message-order.js';

/** How a send ended: `retried` was certainly not sent and may begin again, the others are for good. */
export type SendEnd = 'sent' | 'failed' | 'retried' | 'unknown';

/** What became of a send before it is begun once more. `in-doubt`: begun, and nobody knows how it ended. */
export type SendStart = 'begun' | 'in-doubt' | 'over';

/**
 * The mark that a provider is about to be called, written before it is: jobs run at least once, and only the mark tells
 * a second run that the first one may have sent. Every method may throw DomainError `database.unavailable`.
 */
export abstract class SendMarkers {
  /** @returns `begun` when this caller may call the provider; a mail also when an earlier send is in doubt */
  abstract begin(send: { id: string; channel: Channel; template: string }): Promise<SendStart>;

  /**
   * Lets a send begin again that has certainly failed.
   * @returns `open` when it may begin, also when it never has; `over` when it was sent
   */
  abstract reopen(id: string): Promise<'open' | 'in-doubt' | 'over'>;

  /** Records how a send ended, unless a definite end is recorded already. */
  abstract end(id: string, end: SendEnd, by?: { provider: string; providerMessageId?: string }): Promise<void>;
}
