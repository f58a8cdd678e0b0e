import { Module } from '@nestjs/common';
import { AuthorizeService } from './application/authorize-service.js';
import { ListServiceAccounts } from './application/list-service-accounts.js';
import { LiveServiceAccounts } from './application/live-service-accounts.js';
import { RevokeServiceAccount } from './application/revoke-service-account.js';
import { ServiceAccountFailures } from './application/service-account-failures.js';
import { ServiceAccountUse } from './application/service-account-use.js';
import { ServiceAccounts } from './application/service-accounts.js';
import { BasicGuard } from './http/basic.guard.js';
import { PostgresServiceAccounts } from './persistence/postgres-service-accounts.js';

/** Accounts of sister services, and the guard of the `@Basic` routes that they call. */
@Module({
  providers: [
    { provide: ServiceAccounts, useClass: PostgresServiceAccounts },
    AuthorizeService,
    BasicGuard,
    ListServiceAccounts,
    LiveServiceAccounts,
    RevokeServiceAccount,
    ServiceAccountFailures,
    ServiceAccountUse,
  ],
  exports: [AuthorizeService, BasicGuard, ListServiceAccounts, RevokeServiceAccount, ServiceAccounts],
})
export class ServiceAccountsModule {}
