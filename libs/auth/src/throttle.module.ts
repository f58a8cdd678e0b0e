import { Module } from '@nestjs/common';
import { LimitsModule } from '@identity/notification';
import { CLOCK, LimitsInForce } from '@platform/config';
import type { Clock } from '@platform/kernel';
import { REDIS, type RedisConnection } from '@platform/redis';
import { isAddressLane, type Lane } from './application/throttle/lanes.js';
import { SignInThrottle } from './application/throttle/sign-in-throttle.js';
import { THROTTLE_STORE } from './application/throttle/throttle-store.js';
import { FallbackThrottleStore } from './persistence/throttle/fallback-throttle-store.js';
import { MemoryThrottleStore } from './persistence/throttle/memory-throttle-store.js';
import { RedisThrottleStore } from './persistence/throttle/redis-throttle-store.js';

/** 15 minutes, whatever the lock lasts: a lock that is set shorter or longer must not change what leads to it. */
const WINDOW_MS = 900_000;

/** Counts failures in Redis, and in this process while Redis is away. */
@Module({
  imports: [LimitsModule],
  providers: [
    {
      provide: THROTTLE_STORE,
      inject: [LimitsInForce, REDIS, CLOCK],
      useFactory: (inForce: LimitsInForce, redis: RedisConnection, clock: Clock) => {
        const limits = (lane: Lane) => {
          const { signIn } = inForce.current;
          const { maxFailures, lockSeconds } = isAddressLane(lane) ? signIn.address : signIn;
          return { maxFailures, windowMs: WINDOW_MS, lockMs: lockSeconds * 1000 };
        };
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
