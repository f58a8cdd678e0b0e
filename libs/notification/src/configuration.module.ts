import { Module } from '@nestjs/common';
import { readRotatableSecret, SETTINGS, type Settings } from '@platform/config';
import { ConfigurationStore } from './application/configuration/configuration-store.js';
import { Configurations } from './application/configuration/configurations.js';
import { ListConfigurations } from './application/configuration/list-configurations.js';
import { ReencryptCredentials } from './application/configuration/reencrypt-credentials.js';
import { SetConfiguration } from './application/configuration/set-configuration.js';
import { CredentialBox } from './domain/configuration/credential-box.js';
import { PostgresConfigurationStore } from './persistence/configuration/postgres-configuration-store.js';
import { PostgresConfigurations } from './persistence/configuration/postgres-configurations.js';

/** public."Configuration": read by the worker, changed by the operator. Wants `AuditModule` in the app. */
@Module({
  providers: [
    {
      provide: CredentialBox,
      inject: [SETTINGS],
      useFactory: (settings: Settings) => new CredentialBox(readRotatableSecret(settings.configurationKeyFile)),
    },
    { provide: Configurations, useClass: PostgresConfigurations },
    { provide: ConfigurationStore, useClass: PostgresConfigurationStore },
    SetConfiguration,
    ListConfigurations,
    ReencryptCredentials,
  ],
  exports: [Configurations, SetConfiguration, ListConfigurations, ReencryptCredentials],
})
export class ConfigurationModule {}
