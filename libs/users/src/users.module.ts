import { type DynamicModule, Module, type ModuleMetadata, type Type } from '@nestjs/common';
import { ACCOUNT_SESSIONS, type AccountSessions } from './application/account-sessions.port.js';
import { AccountProtection } from './application/account-protection.js';
import { AdministerStatus } from './application/administer-status.js';
import { ChangeUserStatus } from './application/change-user-status.js';
import { DeleteAccount } from './application/delete-account.js';
import { FindUser } from './application/find-user.js';
import { LookUpUsers } from './application/look-up-users.js';
import { OwnAccount } from './application/own-account.js';
import { UserViews } from './application/user-views.js';
import { DirectoryModule } from './directory.module.js';
import { ResetPasswordByOperator } from './application/reset-password-by-operator.js';
import { SearchUsers } from './application/search-users.js';
import { UserIndex } from './application/user-index.js';
import { AdminUsersController } from './http/admin-users.controller.js';
import { MeController } from './http/me.controller.js';
import { PostgresUserIndex } from './persistence/postgres-user-index.js';
import { InternalUsersController } from './http/internal-users.controller.js';
import { PostgresUserViews } from './persistence/postgres-user-views.js';

interface Binding<T> {
  imports: ModuleMetadata['imports'];
  useExisting: Type<T>;
}

/** The directory of users. The app that imports it binds what ends sessions and what protects accounts. */
@Module({})
export class UsersModule {
  /**
   * @param sessions the class that ends sessions, and the modules that provide it
   * @param protection the class that keeps the last administrator, and the modules that provide it
   */
  static register(sessions: Binding<AccountSessions>, protection: Binding<AccountProtection>): DynamicModule {
    return {
      module: UsersModule,
      global: true, // auth and policy look people up in it; it is registered once, with its binding, by the app
      imports: [DirectoryModule, ...(sessions.imports ?? []), ...(protection.imports ?? [])],
      controllers: [MeController, AdminUsersController, InternalUsersController],
      providers: [
        OwnAccount,
        FindUser,
        LookUpUsers,
        { provide: UserViews, useClass: PostgresUserViews },
        DeleteAccount,
        ChangeUserStatus,
        AdministerStatus,
        SearchUsers,
        ResetPasswordByOperator,
        { provide: UserIndex, useClass: PostgresUserIndex },
        { provide: ACCOUNT_SESSIONS, useExisting: sessions.useExisting },
        { provide: AccountProtection, useExisting: protection.useExisting },
      ],
      exports: [DirectoryModule, ChangeUserStatus, ResetPasswordByOperator],
    };
  }
}
