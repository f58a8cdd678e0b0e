export { connectRedis } from './connect-redis.js';
export { openRedis, type RedisConnection } from './open-redis.js';
export { RedisIndicator } from './redis-indicator.js';
export { REDIS, RedisModule } from './redis.module.js';
export { redisReady } from './redis-ready.js';
