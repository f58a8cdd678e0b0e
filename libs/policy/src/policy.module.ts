import { Module } from '@nestjs/common';
import { CasbinModule } from 'nest-casbin';
import { CheckPolicies } from './application/check-policies.js';
import { CreateServiceAccount } from './application/create-service-account.js';
import { EffectiveRules } from './application/effective-rules.js';
import { GrantAdministrator } from './application/grant-administrator.js';
import { Policies } from './application/policies.js';
import { Roles } from './application/roles.js';
import { ServiceAccounts } from './application/service-accounts.js';
import { PermissionGuard } from './http/permission.guard.js';
import { POLICY_MODEL } from './domain/model.js';
import { CachedPolicies } from './persistence/policies/cached-policies.js';
import { PostgresRoles } from './persistence/postgres-roles.js';
import { PostgresServiceAccounts } from './persistence/postgres-service-accounts.js';

/** Roles and service accounts. Wants `UsersModule` in the app. */
@Module({
  imports: [CasbinModule.forRoot({ model: POLICY_MODEL })],
  providers: [
    { provide: Policies, useClass: CachedPolicies },
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
