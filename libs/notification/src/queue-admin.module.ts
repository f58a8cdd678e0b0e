import { Module } from '@nestjs/common';
import { QueueModule } from '@platform/queue';
import { FailedMessages } from './application/delivery/failed-messages.js';
import { RetryFailedMessages } from './application/delivery/retry-failed-messages.js';
import { SendMarkers } from './application/delivery/send-markers.js';
import { PostgresSendMarkers } from './persistence/postgres-send-markers.js';
import { BullFailedMessages } from './queue/bull-failed-messages.js';
import { QUEUE_OF } from './queue/job.js';

/** The queues as an operator looks at them, and tries again what failed. Wants the database and `AuditModule` in the app. */
@Module({
  imports: [QueueModule.register(Object.values(QUEUE_OF))],
  providers: [
    { provide: FailedMessages, useClass: BullFailedMessages },
    { provide: SendMarkers, useClass: PostgresSendMarkers },
    RetryFailedMessages,
  ],
  exports: [FailedMessages, RetryFailedMessages],
})
export class QueueAdminModule {}
