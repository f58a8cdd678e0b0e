import { Module } from '@nestjs/common';
import { Administrators } from './application/administrators.js';
import { KeepAdministrator } from './application/keep-administrator.js';
import { PostgresAdministrators } from './persistence/postgres-administrators.js';

/** What protects the last administrator, alone: the apps bind users to it. */
@Module({
  providers: [{ provide: Administrators, useClass: PostgresAdministrators }, KeepAdministrator],
  exports: [KeepAdministrator],
})
export class AdministratorsModule {}
