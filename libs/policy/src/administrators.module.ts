import { Module } from '@nestjs/common';
import { CasbinModule } from 'nest-casbin';
import { Administrators } from './application/administrators.js';
import { KeepAdministrator } from './application/keep-administrator.js';
import { POLICY_MODEL } from './domain/model.js';
import { PostgresAdministrators } from './persistence/postgres-administrators.js';

/** What protects the last administrator, alone: the apps bind users to it. */
@Module({
  imports: [CasbinModule.forRoot({ model: POLICY_MODEL })],
  providers: [{ provide: Administrators, useClass: PostgresAdministrators }, KeepAdministrator],
  exports: [KeepAdministrator],
})
export class AdministratorsModule {}
