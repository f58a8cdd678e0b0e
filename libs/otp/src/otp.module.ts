import { Module } from '@nestjs/common';
import { NotificationModule } from '@identity/notification';
import { readRotatableSecret, SETTINGS, type Settings } from '@platform/config';
import { CodeStore } from './application/code-store.js';
import { RequestCode } from './application/request-code.js';
import { VerifyCode } from './application/verify-code.js';
import { CodeMacs } from './domain/code-macs.js';
import { RedisCodeStore } from './persistence/redis-code-store.js';

/** One-time codes. Wants Redis in the app. */
@Module({
  imports: [NotificationModule],
  providers: [
    {
      provide: CodeMacs,
      inject: [SETTINGS],
      useFactory: ({ otp }: Settings) => new CodeMacs(readRotatableSecret(otp.pepperFile)),
    },
    { provide: CodeStore, useClass: RedisCodeStore },
    RequestCode,
    VerifyCode,
  ],
  exports: [RequestCode, VerifyCode],
})
export class OtpModule {}
