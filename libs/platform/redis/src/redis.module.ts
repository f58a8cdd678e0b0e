import { Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { SETTINGS, type Settings } from '@platform/config';
import { connectRedis } from './connect-redis.js';
import type { RedisConnection } from './open-redis.js';
import { RedisIndicator } from './redis-indicator.js';
import { REDIS } from './redis.token.js';

export { REDIS } from './redis.token.js';

@Global()
@Module({
  providers: [
    { provide: REDIS, inject: [SETTINGS], useFactory: (settings: Settings) => connectRedis(settings.redis) },
    RedisIndicator,
  ],
  exports: [REDIS, RedisIndicator],
})
export class RedisModule implements OnApplicationShutdown {
  constructor(@Inject(REDIS) private readonly redis: RedisConnection) {}

  onApplicationShutdown(): void {
    this.redis.disconnect();
  }
}
