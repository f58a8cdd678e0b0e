export { AssignRole } from './application/assign-role.js';
export { CreateServiceAccount } from './application/create-service-account.js';
export { PolicyModule } from './policy.module.js';
