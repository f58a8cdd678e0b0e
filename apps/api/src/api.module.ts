import { type DynamicModule, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AuthModule, BearerGuard, EndSessions, SessionsModule } from '@identity/auth';
import { JwksModule, KeyRingHolder, ReloadKeyRing } from '@identity/jwks';
import { ConfigurationAdminModule, NotificationModule, shownJobData } from '@identity/notification';
import {
  AdministratorsModule,
  BasicGuard,
  KeepAdministrator,
  PermissionGuard,
  PolicyAdminModule,
  PolicyModule,
} from '@identity/policy';
import { UsersModule } from '@identity/users';
import { AuditAdminModule, AuditModule } from '@platform/audit';
import { CLOCK, type Settings, SettingsModule } from '@platform/config';
import { DatabaseIndicator, DatabaseModule } from '@platform/database';
import { HealthModule } from '@platform/health';
import { HttpModule } from '@platform/http';
import type { Clock } from '@platform/kernel';
import { BOARD_PATH, QueueBoard, Queues } from '@platform/queue';
import { RedisIndicator, RedisModule } from '@platform/redis';
import { LoggingModule, TracingModule } from '@platform/telemetry';
import { keysReadiness } from './keys-readiness.js';

/** The HTTP API: every feature, bound together. */
@Module({})
export class ApiModule {
  static register(settings: Settings, clock?: Clock): DynamicModule {
    return {
      module: ApiModule,
      imports: [
        SettingsModule.forRoot(settings, clock),
        LoggingModule.forRoot(),
        TracingModule,
        DatabaseModule,
        RedisModule,
        AuditModule,
        AuditAdminModule,
        HttpModule,
        JwksModule,
        UsersModule.register(
          { imports: [SessionsModule], useExisting: EndSessions },
          { imports: [AdministratorsModule], useExisting: KeepAdministrator },
        ),
        PolicyModule,
        PolicyAdminModule,
        AuthModule,
        ConfigurationAdminModule,
        HealthModule.register({
          imports: [JwksModule, NotificationModule],
          inject: [DatabaseIndicator, RedisIndicator, KeyRingHolder, ReloadKeyRing, CLOCK],
          checks: (
            database: DatabaseIndicator,
            redis: RedisIndicator,
            ring: KeyRingHolder,
            reload: ReloadKeyRing,
            time: Clock,
          ) => ({
            critical: { database: () => database.check(), keys: () => keysReadiness(ring, reload, time) },
            informative: { redis: () => redis.check() },
          }),
          pages: {
            inject: Queues,
            make: (queues: Queues) => ({ [BOARD_PATH]: new QueueBoard(queues, shownJobData) }),
          },
          onPublicPort: true,
        }),
      ],
      // In this order: who is it, then may they.
      providers: [
        { provide: APP_GUARD, useExisting: BasicGuard },
        { provide: APP_GUARD, useExisting: BearerGuard },
        { provide: APP_GUARD, useExisting: PermissionGuard },
      ],
    };
  }
}
