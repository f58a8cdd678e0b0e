import { Module } from '@nestjs/common';
import { CreateServiceAccount } from './application/create-service-account.js';
import { Roles } from './application/roles.js';
import { ServiceAccounts } from './application/service-accounts.js';
import { PostgresRoles } from './persistence/postgres-roles.js';
import { PostgresServiceAccounts } from './persistence/postgres-service-accounts.js';

/** Roles and service accounts. */
@Module({
  providers: [
    { provide: Roles, useClass: PostgresRoles },
    { provide: ServiceAccounts, useClass: PostgresServiceAccounts },
    CreateServiceAccount,
  ],
  exports: [Roles, CreateServiceAccount],
})
export class PolicyModule {}
