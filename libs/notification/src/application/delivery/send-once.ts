import { Injectable, Logger } from '@nestjs/common';
import { DomainError, withDeadline } from '@platform/kernel';
import type { Channel } from '../message-order.js';
import { type Courier, type ReadyToSend, type SendOutcome, UncomposableMessage } from './courier.js';
import type { AddressedMessage, Delivery } from './message.js';
import { type SendEnd, SendMarkers } from './send-markers.js';

/** Ends a call to a provider well before the lock of its job (30 s) can lapse, whatever the sender's own time-outs. */
const DEADLINE_MS = 20_000;

/** Calls the provider between two marks, so that a second run of the same job knows what the first one did. */
@Injectable()
export class SendOnce {
  private readonly logger = new Logger(SendOnce.name);

  constructor(private readonly markers: SendMarkers) {}

  /** @throws DomainError `database.unavailable` when the mark could not be set: nothing was sent then */
  async execute(
    channel: Channel,
    courier: Courier,
    message: AddressedMessage,
    lastAttempt: boolean,
  ): Promise<Delivery> {
    const { id, template } = message;
    const ready = await prepare(courier, message);
    if (ready instanceof UncomposableMessage) return { outcome: 'failed', reason: ready.reason };
    const start = await this.markers.begin({ id, channel, template });
    if (start === 'over') return { outcome: 'repeated' };
    if (start === 'in-doubt') {
      await this.record(id, 'unknown');
      return { outcome: 'unknown', reason: 'begun before, and its end is not known' };
    }
    const outcome = await call(ready, channel);
    const delivery = judge(outcome, lastAttempt);
    await this.record(id, delivery.outcome as SendEnd, outcome);
    return delivery;
  }

  /** Failing to record must not make a sent message look unsent: the job is over, and its mark says enough. */
  private async record(id: string, end: SendEnd, outcome?: SendOutcome): Promise<void> {
    try {
      await this.markers.end(id, end, outcome);
    } catch (error) {
      this.logger.warn({ msg: 'the end of a send was not recorded', jobId: id, outcome: end, err: error });
    }
  }
}

async function prepare(courier: Courier, message: AddressedMessage): Promise<ReadyToSend | UncomposableMessage> {
  try {
    return await courier.prepare(message);
  } catch (error) {
    if (error instanceof UncomposableMessage) return error;
    throw error;
  }
}

/** A DomainError says that nothing was sent. Anything else may have happened after the provider had the message. */
async function call(ready: ReadyToSend, channel: Channel): Promise<SendOutcome> {
  try {
    return await withDeadline(ready(), DEADLINE_MS, () => new Error(`no answer within ${DEADLINE_MS} ms`));
  } catch (error) {
    const [kind, reason] =
      error instanceof DomainError
        ? (['transient', `${error.code}: ${error.message}`] as const)
        : ([channel === 'sms' ? 'unknown' : 'transient', (error as Error).message] as const);
    return { kind, provider: channel, reason };
  }
}

function judge(outcome: SendOutcome, lastAttempt: boolean): Delivery {
  if (outcome.kind === 'accepted') return { outcome: 'sent' };
  const { kind, reason } = outcome;
  if (kind === 'unknown') return { outcome: 'unknown', reason };
  return { outcome: kind === 'permanent' || lastAttempt ? 'failed' : 'retried', reason };
}
