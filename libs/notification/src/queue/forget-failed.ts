import { setTimeout } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Queues } from '@platform/queue';
import { KEPT_FAILED } from './retry-policy.js';

const EVERY_MS = 600_000;
const SECOND_MS = 1000;

/**
 * Forgets failed jobs a week after they failed. BullMQ looks at their age only when another one fails: the last failures
 * before a quiet time, with the sealed address of whoever they were for, would stay for ever.
 */
@Injectable()
export class ForgetFailed implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(ForgetFailed.name);
  private readonly closing = new AbortController();

  constructor(private readonly queues: Queues) {}

  onApplicationBootstrap(): void {
    void this.follow();
  }

  beforeApplicationShutdown(): void {
    this.closing.abort();
  }

  /** Does it once. A Redis that is away is left for the next time. */
  async execute(): Promise<void> {
    const { age, count } = KEPT_FAILED;
    const each = this.queues.names.map(async (name) => {
      const forgotten = await this.queues.within(this.queues.get(name).clean(age * SECOND_MS, count, 'failed'));
      if (forgotten.length > 0)
        this.logger.log({ queue: name, jobs: forgotten.length, msg: 'failed jobs are forgotten' });
    });
    await Promise.allSettled(each);
  }

  private async follow(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      await this.execute();
      await setTimeout(EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }
}
