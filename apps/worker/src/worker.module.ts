import { type DynamicModule, Module } from '@nestjs/common';
import { AddressBook, NotificationWorkerModule } from '@identity/notification/worker';
import { DirectoryModule } from '@identity/users';
import { type Settings, SettingsModule } from '@platform/config';
import { DatabaseIndicator, DatabaseModule } from '@platform/database';
import { HealthModule } from '@platform/health';
import { QueueMonitor } from '@platform/queue';
import { RedisIndicator, RedisModule } from '@platform/redis';
import { LoggingModule, TracingModule } from '@platform/telemetry';
import { DirectoryAddressBook } from './directory-address-book.js';

/** What runs beside the API: no HTTP but its own probes and metrics, so none of the routes' libraries is loaded. */
@Module({})
export class WorkerModule {
  static register(settings: Settings): DynamicModule {
    const notification = NotificationWorkerModule.register({
      imports: [DirectoryModule],
      providers: [{ provide: AddressBook, useClass: DirectoryAddressBook }],
    });
    return {
      module: WorkerModule,
      imports: [
        SettingsModule.forRoot(settings),
        LoggingModule.forRoot(),
        TracingModule,
        DatabaseModule,
        RedisModule,
        notification,
        HealthModule.register({
          imports: [notification],
          inject: [DatabaseIndicator, RedisIndicator, QueueMonitor],
          checks: (database: DatabaseIndicator, redis: RedisIndicator, queues: QueueMonitor) => ({
            critical: { database: () => database.check() },
            informative: { redis: () => redis.check(), queues: () => queues.check() },
          }),
          onPublicPort: false,
        }),
      ],
    };
  }
}
