import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { EndSessions, PasswordsModule, SessionsModule } from '@identity/auth';
import { ConfigurationAdminModule } from '@identity/notification';
import { OtpAdminModule } from '@identity/otp';
import { AdministratorsModule, KeepAdministrator, PolicyAdminModule, PolicyModule } from '@identity/policy';
import { UsersModule } from '@identity/users';
import { AuditModule } from '@platform/audit';
import { type Settings, SettingsModule } from '@platform/config';
import { DatabaseModule } from '@platform/database';
import { RedisModule } from '@platform/redis';

/** What the commands that change accounts stand on; no HTTP and no signing keys. */
@Module({})
export class CliModule {
  /** @param more what one command alone stands on */
  static register(settings: Settings, more: Type[] = []): DynamicModule {
    return {
      module: CliModule,
      imports: [
        // Always a leased worker id: the service beside this command may have the fixed one.
        SettingsModule.forRoot({ ...settings, snowflakeWorker: 'auto' }),
        DatabaseModule,
        RedisModule,
        AuditModule,
        SessionsModule,
        PasswordsModule,
        UsersModule.register(
          { imports: [SessionsModule], useExisting: EndSessions },
          { imports: [AdministratorsModule], useExisting: KeepAdministrator },
        ),
        PolicyModule,
        PolicyAdminModule,
        ConfigurationAdminModule,
        OtpAdminModule,
        ...more,
      ],
    };
  }
}
