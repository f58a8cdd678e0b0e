import { Inject, Injectable } from '@nestjs/common';
import type { RedisConnection } from './open-redis.js';
import { REDIS } from './redis.token.js';

/** Tells whether Redis answers. It never makes the service unready: sign-in, refresh and keys go on without it. */
@Injectable()
export class RedisIndicator {
  constructor(@Inject(REDIS) private readonly redis: RedisConnection) {}

  async check(): Promise<{ status: 'up' | 'down' }> {
    try {
      await this.redis.ping();
      return { status: 'up' };
    } catch {
      return { status: 'down' };
    }
  }
}
