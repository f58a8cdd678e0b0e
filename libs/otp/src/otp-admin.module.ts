import { Module } from '@nestjs/common';
import { REDIS, type RedisConnection } from '@platform/redis';
import { CodeStates } from './application/code-states.js';
import { MostAsked } from './application/most-asked.js';
import { UnlockCode } from './application/unlock-code.js';
import { RedisCodeStates } from './persistence/redis-code-states.js';
import { RedisMostAsked } from './persistence/redis-most-asked.js';

/** What an operator does with the codes of others. Wants Redis and the audit log in the app; no pepper and no queue. */
@Module({
  providers: [
    { provide: CodeStates, inject: [REDIS], useFactory: (redis: RedisConnection) => new RedisCodeStates(redis) },
    { provide: MostAsked, inject: [REDIS], useFactory: (redis: RedisConnection) => new RedisMostAsked(redis) },
    UnlockCode,
  ],
  exports: [CodeStates, MostAsked, UnlockCode],
})
export class OtpAdminModule {}
