export { AuditLog, type AuditEvent, insertEvent } from './audit-log.js';
export { AuditModule } from './audit.module.js';
