export { AuditLog, type AuditEvent, insertEvent } from './audit-log.js';
export { AUDIT_SUBJECTS, type AuditFilter, type AuditSubject, AuditTrail } from './audit-trail.js';
export { AuditAdminModule } from './audit-admin.module.js';
export { AuditModule } from './audit.module.js';
