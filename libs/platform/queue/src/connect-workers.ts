import { Logger } from '@nestjs/common';
import type { RedisTarget } from '@platform/config';
import { openRedis, type RedisConnection } from '@platform/redis';

/**
 * Connects for workers: unlike the request path they wait for a Redis that is away, and go on where they were. BullMQ
 * wants `maxRetriesPerRequest: null` for that, and makes a second connection of this one for each worker to block on.
 */
export function connectWorkers(target: RedisTarget): RedisConnection {
  const logger = new Logger('Queue');
  const connection = openRedis(target, {
    enableOfflineQueue: true,
    options: {
      maxRetriesPerRequest: null,
      connectTimeout: 5000,
      retryStrategy: (attempt) => Math.min(attempt * 100, 2000),
    },
  });
  let away = false;
  connection.on('error', (error: Error) => {
    if (!away) logger.warn(`waiting for Redis: ${error.message}`);
    away = true;
  });
  connection.on('ready', () => {
    if (away) logger.log('Redis is back, jobs go on');
    away = false;
  });
  return connection;
}

/** In Cluster all keys of a queue must lie in one slot; BullMQ takes no `keyPrefix`. */
export function queuePrefix(target: RedisTarget): string {
  return target.kind === 'cluster' ? '{bull}' : 'bull';
}
