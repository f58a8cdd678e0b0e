import { Injectable, Logger } from '@nestjs/common';
import { Queues } from '@platform/queue';
import { SendingPace } from '../application/mail/sending-pace.js';
import { QUEUE_OF } from './job.js';

const SECOND_MS = 1000;

/** BullMQ keeps the limit with the queue, so that it holds for all workers at once. */
@Injectable()
export class BullSendingPace extends SendingPace {
  private readonly logger = new Logger(BullSendingPace.name);
  private applied: number | null | undefined = null;

  constructor(private readonly queues: Queues) {
    super();
  }

  async limitMails(perSecond: number | undefined): Promise<void> {
    if (this.applied === perSecond) return;
    const queue = this.queues.get(QUEUE_OF.mail);
    try {
      await this.queues.within(
        perSecond === undefined
          ? queue.removeGlobalRateLimit()
          : // Less than one a second is one in several.
            queue.setGlobalRateLimit(Math.max(1, Math.floor(perSecond)), SECOND_MS / Math.min(1, perSecond)),
      );
      this.applied = perSecond;
    } catch (error) {
      this.logger.warn(`the pace of mails could not be set: ${(error as Error).message}`);
    }
  }
}
