export { AdministratorsModule } from './administrators.module.js';
export { CreateServiceAccount } from './application/create-service-account.js';
export { GrantAdministrator } from './application/grant-administrator.js';
export { KeepAdministrator } from './application/keep-administrator.js';
export { PermissionGuard } from './http/permission.guard.js';
export { PolicyModule } from './policy.module.js';
