export { CasbinModule } from './casbin.module.js';
export type { CasbinOptions } from './casbin-options.js';
export { EnforcerFactory } from './enforcer-factory.js';
export { InvalidModel, InvalidPolicyLine, InvalidRequest, PermissionDenied, UnknownSubject } from './errors.js';
export { type Permission, RequirePermission } from './require-permission.js';
export { PermissionChecker, PermissionGuard, SubjectResolver } from './permission.guard.js';
export type { Decision, PolicyEnforcer, PolicyLine } from './policy-enforcer.js';
export type { HasRole, PolicySource, StatelessEnforcer } from './stateless-enforcer.js';
