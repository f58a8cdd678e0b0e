import { Module } from '@nestjs/common';
import { CheckPolicies } from './application/check-policies.js';
import { CreateServiceAccount } from './application/create-service-account.js';
import { EffectiveRules } from './application/effective-rules.js';
import { GrantAdministrator } from './application/grant-administrator.js';
import { Roles } from './application/roles.js';
import { ServiceAccounts } from './application/service-accounts.js';
import { PermissionGuard } from './http/permission.guard.js';
import { PostgresRoles } from './persistence/postgres-roles.js';
import { PostgresServiceAccounts } from './persistence/postgres-service-accounts.js';

/** Roles and service accounts. Wants `UsersModule` in the app. */
@Module({
  providers: [
    { provide: Roles, useClass: PostgresRoles },
    { provide: ServiceAccounts, useClass: PostgresServiceAccounts },
    CheckPolicies,
    CreateServiceAccount,
    EffectiveRules,
    GrantAdministrator,
    PermissionGuard,
  ],
  exports: [CheckPolicies, CreateServiceAccount, GrantAdministrator, PermissionGuard],
})
export class PolicyModule {}
