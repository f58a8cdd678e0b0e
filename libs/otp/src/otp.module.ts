import { Module } from '@nestjs/common';
import { NotificationModule } from '@identity/notification';
import { CLOCK, readRotatableSecret, SETTINGS, type Settings } from '@platform/config';
import type { Clock } from '@platform/kernel';
import { REDIS, type RedisConnection } from '@platform/redis';
import { MintChallenge } from './application/mint-challenge.js';
import { PendingCodes } from './application/pending-codes.js';
import { RequestCode } from './application/request-code.js';
import { SmsGuard } from './application/sms-guard.js';
import { SmsLedger } from './application/sms-ledger.js';
import { VerifyCode } from './application/verify-code.js';
import { CodeMacs } from './domain/code-macs.js';
import { RedisPendingCodes } from './persistence/redis-pending-codes.js';
import { RedisSmsLedger } from './persistence/redis-sms-ledger.js';

/** One-time codes on Redis. Wants Redis and a `MessageQueue` in the app. */
@Module({
  imports: [NotificationModule],
  providers: [
    {
      provide: PendingCodes,
      inject: [REDIS, SETTINGS],
      useFactory: (redis: RedisConnection, { otp }: Settings) =>
        new RedisPendingCodes(redis, otp, new CodeMacs(readRotatableSecret(otp.pepperFile))),
    },
    { provide: SmsLedger, inject: [REDIS], useFactory: (redis: RedisConnection) => new RedisSmsLedger(redis) },
    { provide: MintChallenge, inject: [CLOCK], useFactory: (clock: Clock) => new MintChallenge(clock) },
    SmsGuard,
    RequestCode,
    VerifyCode,
  ],
  exports: [RequestCode, VerifyCode],
})
export class OtpModule {}
