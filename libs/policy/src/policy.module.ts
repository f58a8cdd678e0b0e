import { Module } from '@nestjs/common';
import { AuthorizeService } from './application/authorize-service.js';
import { CheckPolicies } from './application/check-policies.js';
import { CreateServiceAccount } from './application/create-service-account.js';
import { EffectiveRules } from './application/effective-rules.js';
import { GrantAdministrator } from './application/grant-administrator.js';
import { ListServiceAccounts } from './application/list-service-accounts.js';
import { LiveServiceAccounts } from './application/live-service-accounts.js';
import { RevokeServiceAccount } from './application/revoke-service-account.js';
import { Roles } from './application/roles.js';
import { ServiceAccountFailures } from './application/service-account-failures.js';
import { ServiceAccountUse } from './application/service-account-use.js';
import { ServiceAccounts } from './application/service-accounts.js';
import { BasicGuard } from './http/basic.guard.js';
import { PermissionGuard } from './http/permission.guard.js';
import { ServiceAccountsController } from './http/service-accounts.controller.js';
import { PostgresRoles } from './persistence/postgres-roles.js';
import { PostgresServiceAccounts } from './persistence/postgres-service-accounts.js';

/** Accounts of sister services, who call `@Basic` routes. */
const SERVICE_ACCOUNTS = [
  { provide: ServiceAccounts, useClass: PostgresServiceAccounts },
  AuthorizeService,
  BasicGuard,
  CreateServiceAccount,
  ListServiceAccounts,
  LiveServiceAccounts,
  RevokeServiceAccount,
  ServiceAccountFailures,
  ServiceAccountUse,
];

/** Roles and service accounts. Wants `UsersModule` in the app. */
@Module({
  controllers: [ServiceAccountsController],
  providers: [
    { provide: Roles, useClass: PostgresRoles },
    ...SERVICE_ACCOUNTS,
    CheckPolicies,
    EffectiveRules,
    GrantAdministrator,
    PermissionGuard,
  ],
  exports: [
    BasicGuard,
    CheckPolicies,
    CreateServiceAccount,
    GrantAdministrator,
    ListServiceAccounts,
    PermissionGuard,
    RevokeServiceAccount,
  ],
})
export class PolicyModule {}
