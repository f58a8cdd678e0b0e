import { Module } from '@nestjs/common';
import { QueueModule } from '@platform/queue';
import { MessageQueue } from './application/message-order.js';
import { BullMessageQueue } from './queue/bull-message-queue.js';
import { QUEUE_OF } from './queue/job.js';
import { DEFAULT_RETRY_POLICY, RETRY_POLICY } from './queue/retry-policy.js';
import { sealProvider } from './seal.provider.js';

const queues = QueueModule.register(Object.values(QUEUE_OF));

/** Orders messages; the worker sends them. */
@Module({
  imports: [queues],
  providers: [
    sealProvider,
    { provide: RETRY_POLICY, useValue: DEFAULT_RETRY_POLICY },
    { provide: MessageQueue, useClass: BullMessageQueue },
  ],
  exports: [MessageQueue, queues],
})
export class NotificationModule {}
