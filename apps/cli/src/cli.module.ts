import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { AuditModule } from '@platform/audit';
import { type Settings, SettingsModule } from '@platform/config';
import { DatabaseModule } from '@platform/database';
import { RedisModule } from '@platform/redis';

/** What every command that works on the service's state stands on. */
@Module({})
export class CliModule {
  /** @param modules what one command stands on besides */
  static register(settings: Settings, modules: Type[]): DynamicModule {
    return {
      module: CliModule,
      imports: [
        // Always a leased worker id: the service beside this command may have the fixed one.
        SettingsModule.forRoot({ ...settings, snowflakeWorker: 'auto' }),
        DatabaseModule,
        RedisModule,
        AuditModule,
        ...modules,
      ],
    };
  }
}
