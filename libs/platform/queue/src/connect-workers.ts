import { Logger } from '@nestjs/common';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { RedisTarget } from '@platform/config';
import type { RedisConnection } from '@platform/redis';

/**
 * Connects for workers: unlike the request path they wait for a Redis that is away, and go on where they were. BullMQ
 * wants `maxRetriesPerRequest: null` for that, and makes a second connection of this one for each worker to block on.
 */
export function connectWorkers(target: RedisTarget): RedisConnection {
  const logger = new Logger('Queue');
  const connection = open(target);
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

function open(target: RedisTarget): RedisConnection {
  const options: RedisOptions = {
    maxRetriesPerRequest: null,
    connectTimeout: 5000,
    retryStrategy: (attempt) => Math.min(attempt * 100, 2000),
  };
  if (target.kind === 'single') return new Redis(target.url, options);
  if (target.kind === 'sentinel') return new Redis({ ...options, sentinels: target.sentinels, name: target.name });
  return new Cluster(target.nodes, {
    redisOptions: options,
    clusterRetryStrategy: (attempt) => Math.min(attempt * 100, 2000),
  });
}
