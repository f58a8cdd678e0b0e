import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type JobsOptions, Queue } from 'bullmq';
import { SETTINGS, type Settings } from '@platform/config';
import { withDeadline } from '@platform/kernel';
import { connectRedis, type RedisConnection } from '@platform/redis';
import { inSpan } from '@platform/telemetry';
import { queuePrefix } from './connect-workers.js';

/** Injection token of the names of the queues that this process adds to or watches. */
export const QUEUE_NAMES = Symbol('queue-names');

/** `add` against a frozen Redis can hang whatever its connection is told (measured): a request has a second in all. */
const DEADLINE_MS = 750;

/** A job to be added. */
interface NewJob {
  /** No `:` in it and not digits alone; of two jobs with one id the second is ignored while the first is there. */
  id: string;
  data: object;
  options: Omit<JobsOptions, 'jobId'>;
}

/**
 * The queues as producers and watchers see them, over one connection on which nothing waits: a Redis that is away
 * refuses at once. A connection of their own, because scripts of BullMQ are slower than what else a request asks Redis.
 */
@Injectable()
export class Queues implements OnApplicationShutdown {
  private readonly connection: RedisConnection;
  private readonly queues: Map<string, Queue>;

  constructor(@Inject(SETTINGS) { redis }: Settings, @Inject(QUEUE_NAMES) names: string[]) {
    this.connection = connectRedis(redis);
    this.queues = new Map(names.map((name) => [name, open(name, this.connection, queuePrefix(redis))]));
  }

  get names(): string[] {
    return [...this.queues.keys()];
  }

  /** @throws Error for a queue that the module was not told of */
  get(name: string): Queue {
    const queue = this.queues.get(name);
    if (!queue) throw new Error(`there is no queue ${name}`);
    return queue;
  }

  /**
   * Adds a job. Settles within a second; a job whose addition timed out may be there all the same, so that its id must
   * be one that a second attempt has again. It carries its trace where BullMQ keeps that: beside the data.
   * @throws Error when Redis is away
   */
  async add(name: string, { id, data, options }: NewJob): Promise<void> {
    await inSpan(`publish ${name}`, { kind: 'producer', attributes: attributesOf(name) }, async (span) => {
      const telemetry = span && { telemetry: { metadata: span.traceparent } };
      await this.within(this.get(name).add('message', data, { ...options, ...telemetry, jobId: id }));
    });
  }

  /**
   * Settles as `work` on a queue does, or rejects within a second.
   * @throws Error when Redis is away
   */
  async within<T>(work: Promise<T>): Promise<T> {
    return await withDeadline(work, DEADLINE_MS, () => new Error(`no answer within ${DEADLINE_MS} ms`));
  }

  /**
   * For commands, which have one go: waits until Redis can be asked.
   * @throws Error after so many milliseconds
   */
  async ready(patienceMs: number): Promise<void> {
    if (this.connection.status === 'ready') return;
    const ready = new Promise<void>((resolve) => void this.connection.once('ready', resolve));
    await withDeadline(ready, patienceMs, () => new Error(`no connection within ${patienceMs} ms`));
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.allSettled([...this.queues.values()].map((queue) => queue.close()));
    this.connection.disconnect();
  }
}

/** What the spans of both ends of a queue tell. */
export function attributesOf(queue: string) {
  return { 'messaging.system': 'bullmq', 'messaging.destination.name': queue };
}

function open(name: string, connection: RedisConnection, prefix: string): Queue {
  // Waiting for a connection, and asking for the version over it, is what would hang while Redis is away.
  const queue = new Queue(name, {
    connection,
    prefix,
    skipVersionCheck: true,
    skipWaitingForReady: true,
    skipMetasUpdate: true,
  });
  queue.on('error', () => undefined); // said once by the connection
  return queue;
}
