import { Module } from '@nestjs/common';
import { ListConfigurations } from './application/configuration/list-configurations.js';
import { ReencryptCredentials } from './application/configuration/reencrypt-credentials.js';
import { SetConfiguration } from './application/configuration/set-configuration.js';
import { UnsetConfiguration } from './application/configuration/unset-configuration.js';
import { ConfigurationsController } from './http/configurations.controller.js';
import { ConfigurationModule } from './configuration.module.js';

/** public."Configuration" as operators and administrators change it. Wants `AuditModule` in the app. */
@Module({
  imports: [ConfigurationModule],
  controllers: [ConfigurationsController],
  providers: [SetConfiguration, UnsetConfiguration, ListConfigurations, ReencryptCredentials],
  exports: [SetConfiguration, UnsetConfiguration, ListConfigurations, ReencryptCredentials],
})
export class ConfigurationAdminModule {}
