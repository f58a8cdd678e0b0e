import { Logger } from '@nestjs/common';
import { type Processor, Worker, type WorkerOptions } from 'bullmq';
import { withDeadline } from '@platform/kernel';

/** What running jobs get to end in; Kubernetes kills after 30 s, and others still have to shut down. */
const GRACE_MS = 20_000;

/**
 * How often jobs that nobody holds are looked for. One look notes them, the next hands them on if their lock (30 s) has
 * lapsed. All workers share a pause that BullMQ keeps in Redis for just as long, so that a worker's own look can come a
 * millisecond too early and is then left out (12 % of them on an idle machine): with BullMQ's 30 s the jobs of a killed
 * worker waited for up to 90 s; here it is 50.
 */
const STALLED_LOOK_MS = 10_000;

/**
 * A worker whose end has a limit: BullMQ's `close` waits for running jobs for ever. What is not done by then is left
 * to its lock, and another worker takes it up once that has lapsed, within a minute.
 */
export class GracefulWorker extends Worker {
  /** Changed by tests alone. */
  static graceMs = GRACE_MS;
  private ending: Promise<void> | undefined;

  constructor(name: string, processor: Processor, options: WorkerOptions) {
    super(name, processor, { stalledInterval: STALLED_LOOK_MS, ...options });
  }

  override close(force = false): Promise<void> {
    this.ending ??= this.end(force);
    return this.ending;
  }

  private async end(force: boolean): Promise<void> {
    const { graceMs } = GracefulWorker;
    try {
      await withDeadline(super.close(force), graceMs, () => new Error(`not done within ${graceMs} ms`));
    } catch (error) {
      new Logger('Queue').warn(`jobs of ${this.name} are left to other workers: ${(error as Error).message}`);
      await this.disconnect();
    }
  }
}
