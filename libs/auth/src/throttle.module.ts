import { Module } from '@nestjs/common';
import { CLOCK, SETTINGS, type Settings } from '@platform/config';
import type { Clock } from '@platform/kernel';
import { REDIS, type RedisConnection } from '@platform/redis';
import { SignInThrottle } from './application/throttle/sign-in-throttle.js';
import { THROTTLE_STORE } from './application/throttle/throttle-store.js';
import { FallbackThrottleStore } from './persistence/throttle/fallback-throttle-store.js';
import { MemoryThrottleStore } from './persistence/throttle/memory-throttle-store.js';
import { RedisThrottleStore } from './persistence/throttle/redis-throttle-store.js';

/** 15 minutes, whatever the lock lasts: a lock that is set shorter or longer must not change what leads to it. */
const WINDOW_MS = 900_000;

/** Counts failures in Redis, and in this process while Redis is away. */
@Module({
  providers: [
    {
      provide: THROTTLE_STORE,
      inject: [SETTINGS, REDIS, CLOCK],
      useFactory: ({ signIn }: Settings, redis: RedisConnection, clock: Clock) => {
        const limits = { maxFailures: signIn.maxFailures, windowMs: WINDOW_MS, lockMs: signIn.lockSeconds * 1000 };
        return new FallbackThrottleStore(
          new RedisThrottleStore(redis, limits),
          new MemoryThrottleStore(limits, clock),
          clock,
        );
      },
    },
    SignInThrottle,
  ],
  exports: [SignInThrottle],
})
export class ThrottleModule {}
