export { CreateServiceAccount } from './application/create-service-account.js';
export { Roles } from './application/roles.js';
export { PolicyModule } from './policy.module.js';
