import { type Abstract, type FactoryProvider, Module } from '@nestjs/common';
import { Database, ID_GENERATOR } from '@platform/database';
import type { IdGenerator } from '@platform/kernel';
import { AdministratorsModule } from './administrators.module.js';
import { AdministerPermissions } from './application/administer-permissions.js';
import { AdministerRoles } from './application/administer-roles.js';
import { Authority } from './application/authority.js';
import { PermissionCatalogue, RoleCatalogue } from './application/catalogue.js';
import { CreateServiceAccount } from './application/create-service-account.js';
import { DefinePolicy } from './application/define-policy.js';
import { ExportPolicies } from './application/exchange/export-policies.js';
import { ImportPolicies } from './application/exchange/import-policies.js';
import { ExplainPolicies } from './application/explain-policies.js';
import { PolicyDefinitions } from './application/policy-definitions.js';
import { ResolveDrafts } from './application/resolve-drafts.js';
import { RevokePolicy } from './application/revoke-policy.js';
import { PermissionsController } from './http/permissions.controller.js';
import { PoliciesController } from './http/policies.controller.js';
import { PolicyFilesController } from './http/policy-files.controller.js';
import { RolesController } from './http/roles.controller.js';
import { ServiceAccountsController } from './http/service-accounts.controller.js';
import { PERMISSIONS, PostgresCatalogue, ROLES, type Table } from './persistence/postgres-catalogue.js';
import { PostgresPolicyDefinitions } from './persistence/postgres-policy-definitions.js';
import { PolicyModule } from './policy.module.js';

function catalogue<Fields extends object>(provide: Abstract<unknown>, table: Table<Fields>): FactoryProvider {
  return {
    provide,
    inject: [Database, ID_GENERATOR],
    useFactory: (database: Database, ids: IdGenerator) => new PostgresCatalogue(database, ids, table),
  };
}

/** Roles, permissions, definitions and service accounts, as administrators and operators write them. */
@Module({
  imports: [PolicyModule, AdministratorsModule],
  // In this order: `export` is no id of a definition.
  controllers: [
    RolesController,
    PermissionsController,
    PolicyFilesController,
    PoliciesController,
    ServiceAccountsController,
  ],
  providers: [
    { provide: PolicyDefinitions, useClass: PostgresPolicyDefinitions },
    catalogue(RoleCatalogue, ROLES),
    catalogue(PermissionCatalogue, PERMISSIONS),
    AdministerPermissions,
    AdministerRoles,
    Authority,
    CreateServiceAccount,
    DefinePolicy,
    ExplainPolicies,
    ExportPolicies,
    ImportPolicies,
    ResolveDrafts,
    RevokePolicy,
  ],
  exports: [
    CreateServiceAccount,
    DefinePolicy,
    ExplainPolicies,
    ExportPolicies,
    ImportPolicies,
    PolicyDefinitions,
    RevokePolicy,
  ],
})
export class PolicyAdminModule {}
