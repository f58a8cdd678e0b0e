import { WorkerHost } from '@nestjs/bullmq';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import type { Worker } from 'bullmq';

/** Base of processors: ends its worker before anything that jobs stand on is shut down. */
export abstract class JobHost extends WorkerHost implements BeforeApplicationShutdown {
  /** The worker, once it was started. */
  protected get started(): Worker | undefined {
    try {
      return this.worker;
    } catch {
      return undefined;
    }
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.started?.close();
  }
}
