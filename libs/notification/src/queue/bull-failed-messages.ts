import { Inject, Injectable } from '@nestjs/common';
import type { Job, Queue } from 'bullmq';
import { CLOCK } from '@platform/config';
import { type Clock, DomainError } from '@platform/kernel';
import { Queues, withoutAddresses } from '@platform/queue';
import { type FailedMessage, FailedMessages } from '../application/delivery/failed-messages.js';
import type { Channel } from '../application/message-order.js';
import { failedJobSchema, QUEUE_OF } from './job.js';

/** Jobs that wait are in the order they came, those after a failure nearly so. */
const LOOK_AT = 20;
/** A command has one go: unlike a request it waits until its connection is made. */
const PATIENCE_MS = 5000;

/** BullMQ's queues over the connection of producers. */
@Injectable()
export class BullFailedMessages extends FailedMessages {
  readonly queues = Object.keys(QUEUE_OF) as Channel[];

  constructor(
    private readonly connections: Queues,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    super();
  }

  async standing(channel: Channel) {
    const queue = await this.queue(channel);
    const [counts, paused, jobs] = await this.within(
      Promise.all([
        queue.getJobCounts('waiting', 'active', 'delayed', 'failed', 'completed'),
        queue.isPaused(),
        queue.getJobs(['waiting', 'delayed'], 0, LOOK_AT - 1, true) as Promise<(Job | undefined)[]>,
      ]),
    );
    const added = jobs.flatMap((job) => (job ? [job.timestamp] : []));
    const count = (state: string) => counts[state] ?? 0;
    return {
      queue: channel,
      state: paused ? ('paused' as const) : ('running' as const),
      waiting: count('waiting'),
      active: count('active'),
      delayed: count('delayed'),
      failed: count('failed'),
      completed: count('completed'),
      oldestSeconds:
        added.length === 0 ? null : Math.max(0, Math.round((this.clock.now().getTime() - Math.min(...added)) / 1000)),
    };
  }

  async recent(channel: Channel, limit: number): Promise<FailedMessage[]> {
    const queue = await this.queue(channel);
    const jobs = await this.within(queue.getJobs(['failed'], 0, limit - 1, false) as Promise<(Job | undefined)[]>);
    return jobs.flatMap((job) => (job && isOver(job) ? [toFailed(job)] : []));
  }

  async ids(channel: Channel): Promise<string[]> {
    const queue = await this.queue(channel);
    return await this.within(queue.getRanges(['failed'], 0, -1, true));
  }

  async find(channel: Channel, id: string): Promise<FailedMessage | undefined> {
    const queue = await this.queue(channel);
    // In this order: what is read before it has failed holds neither a reason nor what is left of it.
    if ((await this.within(queue.getJobState(id))) !== 'failed') return undefined;
    const job = await this.within(queue.getJob(id));
    return job && isOver(job) ? toFailed(job) : undefined;
  }

  async putBack(channel: Channel, id: string): Promise<boolean> {
    const queue = await this.queue(channel);
    const job = await this.within(queue.getJob(id));
    if (!job) return false;
    try {
      await this.within(job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true }));
      return true;
    } catch (error) {
      if (await this.within(job.isFailed())) throw error;
      return false;
    }
  }

  private async queue(channel: Channel): Promise<Queue> {
    const connection = await this.connections.ready(PATIENCE_MS).then(
      () => true,
      () => false,
    );
    if (!connection) throw unavailable();
    return this.connections.get(QUEUE_OF[channel]);
  }

  private async within<T>(work: Promise<T>): Promise<T> {
    return await this.connections.within(work);
  }
}

/** Not so once it was put back meanwhile, with which its reason is gone as well. */
function isOver({ finishedOn }: Job): boolean {
  return finishedOn !== undefined;
}

function toFailed({ id = '', data, attemptsMade, failedReason, finishedOn = 0 }: Job): FailedMessage {
  const parsed = failedJobSchema.safeParse(data);
  const { templates, expiresAt, sealed } = parsed.data ?? {};
  return {
    id,
    template: templates?.active ?? templates?.nobody ?? templates?.disabled ?? null,
    attempts: attemptsMade,
    reason: withoutAddresses(failedReason),
    failedAt: new Date(finishedOn),
    isCode: expiresAt !== undefined,
    isWhole: sealed !== undefined,
  };
}

function unavailable(): DomainError {
  return new DomainError({
    code: 'redis.unavailable',
    kind: 'unavailable',
    level: 'warn',
    message: 'Redis does not answer.',
  });
}
