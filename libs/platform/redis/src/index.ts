export { connectRedis, type RedisConnection } from './connect-redis.js';
export { RedisIndicator } from './redis-indicator.js';
export { REDIS, RedisModule } from './redis.module.js';
export { redisReady } from './redis-ready.js';
