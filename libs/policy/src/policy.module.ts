import { Module } from '@nestjs/common';
import { CasbinModule } from 'nest-casbin';
import { CheckPolicies } from './application/check-policies.js';
import { EffectiveRules } from './application/effective-rules.js';
import { GrantAdministrator } from './application/grant-administrator.js';
import { ListPermissions } from './application/list-permissions.js';
import { Policies } from './application/policies.js';
import { Roles } from './application/roles.js';
import { ChecksController } from './http/checks.controller.js';
import { PermissionGuard } from './http/permission.guard.js';
import { POLICY_MODEL } from './domain/model.js';
import { CachedPolicies } from './persistence/policies/cached-policies.js';
import { PostgresRoles } from './persistence/postgres-roles.js';
import { ServiceAccountsModule } from './service-accounts.module.js';

/** Roles and service accounts. Wants `UsersModule` in the app. */
@Module({
  imports: [CasbinModule.forRoot({ model: POLICY_MODEL }), ServiceAccountsModule],
  providers: [
    { provide: Policies, useClass: CachedPolicies },
    { provide: Roles, useClass: PostgresRoles },
    CheckPolicies,
    EffectiveRules,
    GrantAdministrator,
    ListPermissions,
    PermissionGuard,
  ],
  controllers: [ChecksController],
  exports: [CheckPolicies, GrantAdministrator, PermissionGuard, ServiceAccountsModule],
})
export class PolicyModule {}
