import { Module } from '@nestjs/common';
import { EndSessions, PasswordsModule, SessionsModule } from '@identity/auth';
import { AdministratorsModule, KeepAdministrator, PolicyAdminModule, PolicyModule } from '@identity/policy';
import { UsersModule } from '@identity/users';

/** What the commands that change accounts and their rights stand on; no HTTP and no signing keys. */
@Module({
  imports: [
    SessionsModule,
    PasswordsModule,
    UsersModule.register(
      { imports: [SessionsModule], useExisting: EndSessions },
      { imports: [AdministratorsModule], useExisting: KeepAdministrator },
    ),
    PolicyModule,
    PolicyAdminModule,
  ],
})
export class AccountsModule {}
