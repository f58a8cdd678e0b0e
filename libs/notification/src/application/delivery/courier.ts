import type { SmsOutcome } from '../sms/sms-sender.js';
import type { AddressedMessage } from './message.js';

/** How a call to a provider ended, whatever travels. */
export type SendOutcome = SmsOutcome;

/** A message that is ready: calling it calls the provider. */
export type ReadyToSend = () => Promise<SendOutcome>;

/** Carries messages of one channel. */
export interface Courier {
  /**
   * Composes the message; nothing is sent yet.
   * @throws UncomposableMessage, DomainError `database.unavailable`
   */
  prepare(message: AddressedMessage): Promise<ReadyToSend>;
}

/** A message that cannot be composed, now or later: a value is missing, or it does not fit. */
export class UncomposableMessage extends Error {
  constructor(readonly reason: string) {
    super(`The message cannot be composed: ${reason}.`);
    this.name = 'UncomposableMessage';
  }
}
