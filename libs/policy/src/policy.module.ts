import { Module } from '@nestjs/common';
import { AuthorizeService } from './application/authorize-service.js';
import { CheckPolicies } from './application/check-policies.js';
import { CreateServiceAccount } from './application/create-service-account.js';
import { EffectiveRules } from './application/effective-rules.js';
import { GrantAdministrator } from './application/grant-administrator.js';
import { LiveServiceAccounts } from './application/live-service-accounts.js';
import { Roles } from './application/roles.js';
import { ServiceAccountFailures } from './application/service-account-failures.js';
import { ServiceAccountUse } from './application/service-account-use.js';
import { ServiceAccounts } from './application/service-accounts.js';
import { BasicGuard } from './http/basic.guard.js';
import { PermissionGuard } from './http/permission.guard.js';
import { PostgresRoles } from './persistence/postgres-roles.js';
import { PostgresServiceAccounts } from './persistence/postgres-service-accounts.js';

/** Who calls `@Basic` routes. */
const SERVICE_ACCOUNTS = [
  { provide: ServiceAccounts, useClass: PostgresServiceAccounts },
  AuthorizeService,
  BasicGuard,
  CreateServiceAccount,
  LiveServiceAccounts,
  ServiceAccountFailures,
  ServiceAccountUse,
];

/** Roles and service accounts. Wants `UsersModule` in the app. */
@Module({
  providers: [
    { provide: Roles, useClass: PostgresRoles },
    ...SERVICE_ACCOUNTS,
    CheckPolicies,
    EffectiveRules,
    GrantAdministrator,
    PermissionGuard,
  ],
  exports: [BasicGuard, CheckPolicies, CreateServiceAccount, GrantAdministrator, PermissionGuard],
})
export class PolicyModule {}
