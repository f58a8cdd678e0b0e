import { Module } from '@nestjs/common';
import { AuditController } from './http/audit.controller.js';

/** `GET /admin/audit-events`. Wants `AuditModule` in the app. */
@Module({ controllers: [AuditController] })
export class AuditAdminModule {}
