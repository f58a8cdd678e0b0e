import { Module } from '@nestjs/common';
import { REDIS, type RedisConnection } from '@platform/redis';
import { CodeStates } from './application/code-states.js';
import { UnlockCode } from './application/unlock-code.js';
import { RedisCodeStates } from './persistence/redis-code-states.js';

/** What an operator does with the codes of others. Wants Redis and the audit log in the app; no pepper and no queue. */
@Module({
  providers: [
    { provide: CodeStates, inject: [REDIS], useFactory: (redis: RedisConnection) => new RedisCodeStates(redis) },
    UnlockCode,
  ],
  exports: [CodeStates, UnlockCode],
})
export class OtpAdminModule {}
