import { Module } from '@nestjs/common';
import { AuthorizeService } from './application/authorize-service.js';
import { CreateServiceAccount } from './application/create-service-account.js';
import { ListServiceAccounts } from './application/list-service-accounts.js';
import { LiveServiceAccounts } from './application/live-service-accounts.js';
import { RevokeServiceAccount } from './application/revoke-service-account.js';
import { ServiceAccountFailures } from './application/service-account-failures.js';
import { ServiceAccountUse } from './application/service-account-use.js';
import { ServiceAccounts } from './application/service-accounts.js';
import { BasicGuard } from './http/basic.guard.js';
import { ServiceAccountsController } from './http/service-accounts.controller.js';
import { PostgresServiceAccounts } from './persistence/postgres-service-accounts.js';

/** Accounts of sister services, and the guard of the `@Basic` routes that they call. */
@Module({
  controllers: [ServiceAccountsController],
  providers: [
    { provide: ServiceAccounts, useClass: PostgresServiceAccounts },
    AuthorizeService,
    BasicGuard,
    CreateServiceAccount,
    ListServiceAccounts,
    LiveServiceAccounts,
    RevokeServiceAccount,
    ServiceAccountFailures,
    ServiceAccountUse,
  ],
  exports: [AuthorizeService, BasicGuard, CreateServiceAccount, ListServiceAccounts, RevokeServiceAccount],
})
export class ServiceAccountsModule {}
