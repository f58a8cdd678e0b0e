import { Inject, Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import { CLOCK } from '@platform/config';
import { type Clock, DomainError } from '@platform/kernel';
import type { Channel } from '../message-order.js';
import { type FailedMessage, FailedMessages } from './failed-messages.js';
import { SendMarkers } from './send-markers.js';

/** What became of each: sent it is by the worker, or not. */
export interface RetryCounts {
  retried: number;
  /** Codes: they are dead, or superseded, by the time that anybody tries them again. */
  codes: number;
  /** What they would send is gone, as in jobs of earlier versions. */
  gone: number;
  /** Sent before, as their mark says. */
  sent: number;
  /** Perhaps sent: what nobody knows is not repeated. */
  inDoubt: number;
  /** No failed job any more: somebody else tries it. */
  elsewhere: number;
  /** Failed not as long ago as was asked for. */
  younger: number;
}

interface Choice {
  /** One job, or all. */
  id?: string;
  olderThanMs?: number;
}

/** Tries messages again that were given up, such as after a provider is back. Never a code, and nothing twice. */
@Injectable()
export class RetryFailedMessages {
  constructor(
    private readonly failed: FailedMessages,
    private readonly markers: SendMarkers,
    private readonly audit: AuditLog,
    @Inject(CLOCK) private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /**
   * @param onProgress how many of how many are looked at
   * @throws DomainError `queue.job-unknown` for an id that is none of a failed job, `redis.unavailable`,
   *   `database.unavailable`; what was put back until then is
   */
  async execute(
    queue: Channel,
    { id, olderThanMs = 0 }: Choice,
    onProgress: (done: number, all: number) => void = () => undefined,
  ): Promise<RetryCounts> {
    const counts = { retried: 0, codes: 0, gone: 0, sent: 0, inDoubt: 0, elsewhere: 0, younger: 0 };
    const ids = id === undefined ? await this.failed.ids(queue) : [id];
    const before = new Date(this.clock.now().getTime() - olderThanMs);
    try {
      for (const [at, each] of ids.entries()) {
        const message = await this.failed.find(queue, each);
        if (!message && id !== undefined) throw unknownJob(queue, id);
        counts[message ? await this.retry(queue, message, before) : 'elsewhere'] += 1;
        onProgress(at + 1, ids.length);
      }
    } finally {
      if (counts.retried > 0) await this.record(queue, counts);
    }
    return counts;
  }

  private async retry(queue: Channel, message: FailedMessage, before: Date): Promise<keyof RetryCounts> {
    if (message.failedAt > before) return 'younger';
    if (message.isCode) return 'codes';
    if (!message.isWhole) return 'gone';
    // The mark first: a job that runs while its mark says "failed" would be taken for done.
    const mark = await this.markers.reopen(message.id);
    if (mark !== 'open') return mark === 'over' ? 'sent' : 'inDoubt';
    return (await this.failed.putBack(queue, message.id)) ? 'retried' : 'elsewhere';
  }

  private async record(queue: Channel, { retried }: RetryCounts): Promise<void> {
    const details = { queue, retried };
    await this.audit.record({ action: 'queue.retried', outcome: 'success', actor: { type: 'operator' }, details });
  }
}

function unknownJob(queue: Channel, id: string): DomainError {
  return new DomainError({
    code: 'queue.job-unknown',
    kind: 'not-found',
    message: `There is no failed job ${id} in ${queue}; \`identity queues status\` lists them.`,
  });
}
