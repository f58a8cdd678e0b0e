import { type DynamicModule, Module, type ModuleMetadata, type Type } from '@nestjs/common';
import { DatabaseModule } from '@platform/database';
import { ACCOUNT_SESSIONS, type AccountSessions } from './application/account-sessions.port.js';
import { ChangeUserStatus } from './application/change-user-status.js';
import { DeleteAccount } from './application/delete-account.js';
import { OwnAccount } from './application/own-account.js';
import { Directory } from './application/directory.js';
import { ResetPasswordByOperator } from './application/reset-password-by-operator.js';
import { MeController } from './http/me.controller.js';
import { PostgresDirectory } from './persistence/postgres-directory.js';
import { User, UserCredential, UserIdentifier } from './persistence/entities.js';

/** The directory of users. The app that imports it binds what ends sessions. */
@Module({})
export class UsersModule {
  /** @param sessions the class that ends sessions, and the modules that provide it */
  static register(sessions: { imports: ModuleMetadata['imports']; useExisting: Type<AccountSessions> }): DynamicModule {
    return {
      module: UsersModule,
      global: true, // auth and policy look people up in it; it is registered once, with its binding, by the app
      imports: [DatabaseModule.forFeature([User, UserIdentifier, UserCredential]), ...(sessions.imports ?? [])],
      controllers: [MeController],
      providers: [
        { provide: Directory, useClass: PostgresDirectory },
        OwnAccount,
        DeleteAccount,
        ChangeUserStatus,
        ResetPasswordByOperator,
        { provide: ACCOUNT_SESSIONS, useExisting: sessions.useExisting },
      ],
      exports: [Directory, ChangeUserStatus, ResetPasswordByOperator],
    };
  }
}
