import { Module } from '@nestjs/common';
import { CreateServiceAccount } from './application/create-service-account.js';
import { GrantAdministrator } from './application/grant-administrator.js';
import { Roles } from './application/roles.js';
import { ServiceAccounts } from './application/service-accounts.js';
import { PostgresRoles } from './persistence/postgres-roles.js';
import { PostgresServiceAccounts } from './persistence/postgres-service-accounts.js';

/** Roles and service accounts. Wants `UsersModule` in the app. */
@Module({
  providers: [
    { provide: Roles, useClass: PostgresRoles },
    { provide: ServiceAccounts, useClass: PostgresServiceAccounts },
    CreateServiceAccount,
    GrantAdministrator,
  ],
  exports: [CreateServiceAccount, GrantAdministrator],
})
export class PolicyModule {}
