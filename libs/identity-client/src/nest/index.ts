export {
  type IdentityClientAsyncOptions,
  IdentityClientModule,
  type IdentityClientOptions,
} from './identity-client.module.js';
export { AccessTokenGuard } from './access-token.guard.js';
export { Public } from './metadata.js';
export { CurrentPrincipal } from './principals.js';
export { PermissionGuard, RequirePermission } from './require-permission.js';
export { POLICY_CLIENT, VERIFIER } from './tokens.js';
