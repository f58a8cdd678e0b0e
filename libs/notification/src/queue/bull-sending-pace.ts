import { Inject, Injectable, Logger } from '@nestjs/common';
import { CLOCK } from '@platform/config';
import type { Clock } from '@platform/kernel';
import { Queues } from '@platform/queue';
import { SendingPace } from '../application/mail/sending-pace.js';
import { QUEUE_OF } from './job.js';

const SECOND_MS = 1000;
/** Redis may have lost the limit, or another worker set an older one: so long is believed what was set. */
const APPLIED_MS = 30_000;

/** BullMQ keeps the limit with the queue, so that it holds for all workers at once. */
@Injectable()
export class BullSendingPace extends SendingPace {
  private readonly logger = new Logger(BullSendingPace.name);
  private applied?: { perSecond: number | undefined; at: number };

  constructor(
    private readonly queues: Queues,
    @Inject(CLOCK) private readonly clock: Pick<Clock, 'monotonic'>,
  ) {
    super();
  }

  async limitMails(perSecond: number | undefined): Promise<void> {
    const now = this.clock.monotonic();
    const { applied } = this;
    if (applied && applied.perSecond === perSecond && now - applied.at < APPLIED_MS) return;
    const queue = this.queues.get(QUEUE_OF.mail);
    try {
      await this.queues.within(
        perSecond === undefined
          ? queue.removeGlobalRateLimit()
          : // Less than one a second is one in several.
            queue.setGlobalRateLimit(Math.max(1, Math.floor(perSecond)), SECOND_MS / Math.min(1, perSecond)),
      );
      this.applied = { perSecond, at: now };
    } catch (error) {
      this.logger.warn(`the pace of mails could not be set: ${(error as Error).message}`);
    }
  }
}
