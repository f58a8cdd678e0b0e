import { Module } from '@nestjs/common';
import { readRotatableSecret, SETTINGS, type Settings } from '@platform/config';
import { ConfigurationStore } from './application/configuration/configuration-store.js';
import { Configurations } from './application/configuration/configurations.js';
import { CredentialBox } from './domain/configuration/credential-box.js';
import { PostgresConfigurationStore } from './persistence/configuration/postgres-configuration-store.js';
import { PostgresConfigurations } from './persistence/configuration/postgres-configurations.js';

/** public."Configuration" as the worker reads it. */
@Module({
  providers: [
    {
      provide: CredentialBox,
      inject: [SETTINGS],
      useFactory: (settings: Settings) => new CredentialBox(readRotatableSecret(settings.configurationKeyFile)),
    },
    { provide: Configurations, useClass: PostgresConfigurations },
    { provide: ConfigurationStore, useClass: PostgresConfigurationStore },
  ],
  exports: [Configurations, ConfigurationStore, CredentialBox],
})
export class ConfigurationModule {}
