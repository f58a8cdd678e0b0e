import { type DynamicModule, Module } from '@nestjs/common';
import { type Settings, SettingsModule } from '@platform/config';
import { DatabaseIndicator, DatabaseModule } from '@platform/database';
import { HealthModule } from '@platform/health';
import { RedisIndicator, RedisModule } from '@platform/redis';
import { LoggingModule } from '@platform/telemetry';

/** What runs beside the API: no HTTP but its own probes and metrics, so none of the routes' libraries is loaded. */
@Module({})
export class WorkerModule {
  static register(settings: Settings): DynamicModule {
    return {
      module: WorkerModule,
      imports: [
        SettingsModule.forRoot(settings),
        LoggingModule.forRoot(),
        DatabaseModule,
        RedisModule,
        HealthModule.register({
          inject: [DatabaseIndicator, RedisIndicator],
          checks: (database: DatabaseIndicator, redis: RedisIndicator) => ({
            critical: { database: () => database.check() },
            informative: { redis: () => redis.check() },
          }),
          onPublicPort: false,
        }),
      ],
    };
  }
}
