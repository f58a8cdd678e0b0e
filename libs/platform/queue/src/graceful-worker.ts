import { Logger } from '@nestjs/common';
import { Worker } from 'bullmq';
import { withDeadline } from '@platform/kernel';

/** What running jobs get to end in; Kubernetes kills after 30 s, and others still have to shut down. */
const GRACE_MS = 20_000;

/**
 * A worker whose end has a limit: BullMQ's `close` waits for running jobs for ever. What is not done by then is left
 * to its lock, and another worker takes it up once that has lapsed.
 */
export class GracefulWorker extends Worker {
  /** Changed by tests alone. */
  static graceMs = GRACE_MS;
  private ending: Promise<void> | undefined;

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
