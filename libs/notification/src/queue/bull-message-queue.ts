import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '@platform/kernel';
import { Queues } from '@platform/queue';
import { requestContext } from '@platform/telemetry';
import { type MessageOrder, MessageQueue } from '../application/message-order.js';
import { MessageSeal } from '../application/message-seal.js';
import { QUEUE_OF, toJob } from './job.js';
import { jobOptions, RETRY_POLICY, type RetryPolicy } from './retry-policy.js';

const RETRY_AFTER_SECONDS = 2;
/** BullMQ splits ids at `:` and takes digits for its own numbers. */
const USABLE_ID = /^(?!\d+$)[\w-]{1,100}$/;

/** Orders as jobs of BullMQ: the content sealed, the id that of the order. */
@Injectable()
export class BullMessageQueue extends MessageQueue {
  constructor(
    private readonly queues: Queues,
    private readonly seal: MessageSeal,
    @Inject(RETRY_POLICY) private readonly policy: RetryPolicy,
  ) {
    super();
  }

  async enqueue(order: MessageOrder): Promise<void> {
    const { id, channel } = order;
    if (!USABLE_ID.test(id)) throw new Error('a message needs an id of letters, digits and -, not of digits alone');
    const data = toJob(order, this.seal.seal(id, order), requestContext().requestId);
    try {
      await this.queues.add(QUEUE_OF[channel], { id, data, options: jobOptions(this.policy) });
    } catch (cause) {
      throw new DomainError({
        code: 'notification.unavailable',
        kind: 'unavailable',
        message: 'Messages cannot be sent at the moment.',
        level: 'warn',
        limit: 'queue',
        retryAfterSeconds: RETRY_AFTER_SECONDS,
        cause,
      });
    }
  }
}
