import { OnWorkerEvent } from '@nestjs/bullmq';
import { Injectable, Logger } from '@nestjs/common';
import { type Job, UnrecoverableError } from 'bullmq';
import { JobHost } from '@platform/queue';
import type { Span } from '@platform/telemetry';
import { DeliverMessage } from '../application/delivery/deliver-message.js';
import { toMessage } from './job.js';

/** A job of either queue: read it, deliver it, say whether it is done, tried again or given up. */
@Injectable()
export abstract class MessageProcessor extends JobHost {
  private readonly logger = new Logger(MessageProcessor.name);

  constructor(private readonly deliver: DeliverMessage) {
    super();
  }

  async process(job: Job): Promise<void> {
    await this.inTraceOf(job, (span) => this.handle(job, span));
  }

  private async handle(job: Job, span: Span | undefined): Promise<void> {
    const message = toMessage(job);
    if (!message) return await this.giveUp(job, 'notification.malformed');
    if (message.requestId) span?.set({ 'identity.request_id': message.requestId });
    const delivery = await this.deliver.execute(message);
    span?.set({ 'identity.outcome': delivery.outcome });
    if (delivery.outcome === 'failed') return await this.giveUp(job, delivery.reason);
    if (delivery.outcome === 'retried') throw new Error(delivery.reason);
  }

  /** Also what BullMQ fails by itself, such as a job whose workers died twice: `sealed` is not kept of any code. */
  @OnWorkerEvent('failed')
  async onFailed(job: Job | undefined): Promise<void> {
    if (!job?.finishedOn) return;
    await forgetCode(job).catch((error: unknown) =>
      this.logger.warn({ msg: 'a failed job keeps what is sealed', jobId: job.id, err: error }),
    );
  }

  @OnWorkerEvent('error')
  onError(): void {
    // Trouble with Redis, said once by the connection; without a listener it would end the process.
  }

  private async giveUp(job: Job, reason: string): Promise<never> {
    await forgetCode(job);
    throw new UnrecoverableError(reason);
  }
}

/**
 * Leaves of a failed code what an operator may see, and of what has not the form of a job. A notice stays whole and
 * sealed for as long as failed jobs are kept, so that it can be tried again: `identity queues retry`.
 */
async function forgetCode(job: Job): Promise<void> {
  const message = toMessage(job);
  if (message && !message.expiresAt) return;
  if (typeof job.data !== 'object' || job.data === null) return await job.updateData({});
  const { sealed: _sealed, ...rest } = job.data as Record<string, unknown>;
  await job.updateData(rest);
}
