import { WorkerHost } from '@nestjs/bullmq';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import type { Job, Worker } from 'bullmq';
import { inSpan, type Span } from '@platform/telemetry';
import { attributesOf } from './queues.js';

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

  /** Does `work` in a span of the trace that the job was added in. */
  protected inTraceOf<T>(job: Job, work: (span: Span | undefined) => Promise<T>): Promise<T> {
    const { queueName, opts, attemptsMade } = job;
    const options = {
      kind: 'consumer' as const,
      attributes: { ...attributesOf(queueName), 'identity.attempt': attemptsMade + 1 },
      parent: opts.telemetry?.metadata,
    };
    return inSpan(`process ${queueName}`, options, work);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.started?.close();
  }
}
