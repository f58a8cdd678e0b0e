import { setTimeout as delay } from 'node:timers/promises';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';

const PATIENCE_MS = 30_000;
const PAUSE_MS = 20;

/** A queue of the service's, past the service. */
export interface WatchedQueue {
  /** Jobs are added and none is taken; those that were taken are done when this settles. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Jobs that wait to be taken. */
  waiting(): Promise<number>;
  close(): Promise<void>;
}

export function watchQueue(redisUrl: string, name: string): WatchedQueue {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const queue = new Queue(name, { connection, skipVersionCheck: true });
  queue.on('error', () => undefined); // Redis ends first when this is interrupted
  connection.on('error', () => undefined);
  return {
    async pause() {
      await queue.pause();
      for (const started = performance.now(); (await queue.getActiveCount()) > 0; await delay(PAUSE_MS)) {
        if (performance.now() - started > PATIENCE_MS) throw new Error(`jobs of ${name} do not end`);
      }
    },
    resume: () => queue.resume(),
    waiting: () => queue.getWaitingCount(),
    async close() {
      await queue.close();
      connection.disconnect();
    },
  };
}
