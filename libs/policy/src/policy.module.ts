import { type FactoryProvider, Module, type Type } from '@nestjs/common';
import { Database, ID_GENERATOR } from '@platform/database';
import type { IdGenerator } from '@platform/kernel';
import { AdministratorsModule } from './administrators.module.js';
import { AdministerPermissions } from './application/administer-permissions.js';
import { AdministerRoles } from './application/administer-roles.js';
import { Authority } from './application/authority.js';
import { PermissionCatalogue, RoleCatalogue } from './application/catalogue.js';
import { CasbinModule } from 'nest-casbin';
import { CheckPolicies } from './application/check-policies.js';
import { CreateServiceAccount } from './application/create-service-account.js';
import { DefinePolicy } from './application/define-policy.js';
import { EffectiveRules } from './application/effective-rules.js';
import { ExportPolicies } from './application/exchange/export-policies.js';
import { ImportPolicies } from './application/exchange/import-policies.js';
import { ExplainPolicies } from './application/explain-policies.js';
import { GrantAdministrator } from './application/grant-administrator.js';
import { PolicyDefinitions } from './application/policy-definitions.js';
import { ResolveDrafts } from './application/resolve-drafts.js';
import { RevokePolicy } from './application/revoke-policy.js';
import { Roles } from './application/roles.js';
import { ServiceAccounts } from './application/service-accounts.js';
import { PermissionGuard } from './http/permission.guard.js';
import { PermissionsController } from './http/permissions.controller.js';
import { PoliciesController } from './http/policies.controller.js';
import { PolicyFilesController } from './http/policy-files.controller.js';
import { RolesController } from './http/roles.controller.js';
import { PERMISSIONS, PostgresCatalogue, ROLES } from './persistence/postgres-catalogue.js';
import { PostgresPolicyDefinitions } from './persistence/postgres-policy-definitions.js';
import { Policies } from './application/policies.js';
import { POLICY_MODEL } from './domain/model.js';
import { CachedPolicies } from './persistence/policies/cached-policies.js';
import { PostgresRoles } from './persistence/postgres-roles.js';
import { PostgresServiceAccounts } from './persistence/postgres-service-accounts.js';

function catalogue(
  provide: Type | (abstract new () => unknown),
  table: typeof ROLES | typeof PERMISSIONS,
): FactoryProvider {
  return {
    provide,
    inject: [Database, ID_GENERATOR],
    useFactory: (database: Database, ids: IdGenerator) => new PostgresCatalogue(database, ids, table as typeof ROLES),
  };
}

/** Roles and service accounts. Wants `UsersModule` in the app. */
@Module({
  imports: [CasbinModule.forRoot({ model: POLICY_MODEL }), AdministratorsModule],
  controllers: [RolesController, PermissionsController, PolicyFilesController, PoliciesController],
  providers: [
    { provide: Policies, useClass: CachedPolicies },
    { provide: Roles, useClass: PostgresRoles },
    { provide: ServiceAccounts, useClass: PostgresServiceAccounts },
    { provide: PolicyDefinitions, useClass: PostgresPolicyDefinitions },
    catalogue(RoleCatalogue, ROLES),
    catalogue(PermissionCatalogue, PERMISSIONS),
    AdministerPermissions,
    AdministerRoles,
    Authority,
    CheckPolicies,
    CreateServiceAccount,
    DefinePolicy,
    EffectiveRules,
    ExplainPolicies,
    ExportPolicies,
    GrantAdministrator,
    ImportPolicies,
    PermissionGuard,
    ResolveDrafts,
    RevokePolicy,
  ],
  exports: [
    CheckPolicies,
    CreateServiceAccount,
    DefinePolicy,
    ExplainPolicies,
    ExportPolicies,
    GrantAdministrator,
    ImportPolicies,
    PermissionGuard,
    PolicyDefinitions,
    RevokePolicy,
  ],
})
export class PolicyModule {}
