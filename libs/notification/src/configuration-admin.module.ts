import { Module } from '@nestjs/common';
import { ListConfigurations } from './application/configuration/list-configurations.js';
import { ReencryptCredentials } from './application/configuration/reencrypt-credentials.js';
import { SetConfiguration } from './application/configuration/set-configuration.js';
import { UnsetConfiguration } from './application/configuration/unset-configuration.js';
import { LimitRows } from './application/limits/limit-rows.js';
import { ListLimits } from './application/limits/list-limits.js';
import { ConfigurationsController } from './http/configurations.controller.js';
import { PostgresLimitRows } from './persistence/configuration/postgres-limit-rows.js';
import { ConfigurationModule } from './configuration.module.js';

/** public."Configuration" as operators and administrators change it. Wants `AuditModule` in the app. */
@Module({
  imports: [ConfigurationModule],
  controllers: [ConfigurationsController],
  providers: [
    SetConfiguration,
    UnsetConfiguration,
    ListConfigurations,
    ReencryptCredentials,
    { provide: LimitRows, useClass: PostgresLimitRows },
    ListLimits,
  ],
  exports: [SetConfiguration, UnsetConfiguration, ListConfigurations, ReencryptCredentials, ListLimits],
})
export class ConfigurationAdminModule {}
