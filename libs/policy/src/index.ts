export { CreateServiceAccount } from './application/create-service-account.js';
export { GrantAdministrator } from './application/grant-administrator.js';
export { ListServiceAccounts } from './application/list-service-accounts.js';
export { RevokeServiceAccount } from './application/revoke-service-account.js';
export { BasicGuard } from './http/basic.guard.js';
export { PermissionGuard } from './http/permission.guard.js';
export { PolicyModule } from './policy.module.js';
