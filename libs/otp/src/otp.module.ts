import { Module } from '@nestjs/common';
import { LimitsModule, NotificationModule } from '@identity/notification';
import { CLOCK, LimitsInForce, readRotatableSecret, SETTINGS, type Settings } from '@platform/config';
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
  imports: [NotificationModule, LimitsModule],
  providers: [
    {
      provide: PendingCodes,
      inject: [REDIS, SETTINGS, LimitsInForce],
      useFactory: (redis: RedisConnection, { otp }: Settings, limits: LimitsInForce) =>
        new RedisPendingCodes(redis, limits, new CodeMacs(readRotatableSecret(otp.pepperFile))),
    },
    {
      provide: SmsLedger,
      inject: [REDIS, LimitsInForce],
      useFactory: (redis: RedisConnection, limits: LimitsInForce) => new RedisSmsLedger(redis, limits),
    },
    {
      provide: MintChallenge,
      inject: [CLOCK, LimitsInForce],
      useFactory: (clock: Clock, limits: LimitsInForce) => new MintChallenge(clock, limits),
    },
    SmsGuard,
    RequestCode,
    VerifyCode,
  ],
  exports: [RequestCode, VerifyCode],
})
export class OtpModule {}
