import { Module } from '@nestjs/common';
import { LimitsInForce } from '@platform/config';
import { LimitRows } from './application/limits/limit-rows.js';
import { RunTimeLimits } from './application/limits/run-time-limits.js';
import { PostgresLimitRows } from './persistence/configuration/postgres-limit-rows.js';

/** Limits of codes and sign-in, as public."Configuration" tightens them. Wants the database in the app. */
@Module({
  providers: [
    { provide: LimitRows, useClass: PostgresLimitRows },
    { provide: LimitsInForce, useClass: RunTimeLimits },
  ],
  exports: [LimitsInForce],
})
export class LimitsModule {}
