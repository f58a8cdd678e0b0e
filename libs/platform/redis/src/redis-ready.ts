import type { INestApplicationContext } from '@nestjs/common';
import { DomainError, withDeadline } from '@platform/kernel';
import type { RedisConnection } from './open-redis.js';
import { REDIS } from './redis.token.js';

const PATIENCE_MS = 5000;

/**
 * Waits until Redis can be asked: for commands, which have one go, unlike services, which refuse until then.
 * @throws DomainError `redis.unavailable` after 5 seconds
 */
export async function redisReady(context: INestApplicationContext): Promise<void> {
  const redis = context.get<RedisConnection>(REDIS);
  if (redis.status === 'ready') return;
  const ready = new Promise<void>((resolve) => void redis.once('ready', resolve));
  await withDeadline(ready, PATIENCE_MS, redisUnavailable);
}

function redisUnavailable(): DomainError {
  return new DomainError({
    code: 'redis.unavailable',
    kind: 'unavailable',
    level: 'warn',
    message: 'Redis does not answer.',
  });
}
