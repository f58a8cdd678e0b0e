import { type DynamicModule, Global, Module } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SETTINGS, type Settings } from '@platform/config';
import { Database } from './database.js';
import { DatabaseIndicator } from './database-indicator.js';
import { dataSourceOptions } from './data-source-options.js';
import { ID_GENERATOR, idGeneratorProvider } from './ids/id-generator.js';

/** PostgreSQL for the whole process: one pool, one `Database`, one id generator. Features add their entities. */
@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [SETTINGS],
      useFactory: (settings: Settings) => ({
        ...dataSourceOptions(settings.database.url, settings.database.poolSize),
        autoLoadEntities: true,
        // `Database` connects in the background instead: a service without PostgreSQL still publishes its keys.
        manualInitialization: true,
      }),
    }),
  ],
  providers: [Database, HealthIndicatorService, DatabaseIndicator, idGeneratorProvider],
  exports: [Database, DatabaseIndicator, ID_GENERATOR],
})
export class DatabaseModule {
  /** Makes a feature's entities known to the one DataSource. */
  static forFeature(entities: Parameters<typeof TypeOrmModule.forFeature>[0]): DynamicModule {
    return TypeOrmModule.forFeature(entities);
  }
}
