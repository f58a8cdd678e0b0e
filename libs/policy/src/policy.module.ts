import { Module } from '@nestjs/common';
import { AssignRole } from './application/assign-role.js';
import { CreateServiceAccount } from './application/create-service-account.js';

/** Roles and service accounts. */
@Module({ providers: [AssignRole, CreateServiceAccount], exports: [AssignRole, CreateServiceAccount] })
export class PolicyModule {}
