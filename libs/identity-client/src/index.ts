export {
  IdentityClientError,
  KeysUnavailableError,
  RequestRefusedError,
  ServiceUnavailableError,
  type TokenInvalidCode,
  TokenInvalidError,
  UnauthorizedError,
} from './errors.js';
export { createVerifier, type Verifier } from './token/verifier.js';
export type { VerifierHooks, VerifierOptions, VerifyEvent } from './token/options.js';
export type { AccessTokenClaims, Principal, Role } from './token/principal.js';
export type { Algorithm } from './keys/algorithms.js';
export type { FetchEvent } from './keys/key-cache.js';
export type { FeedEvent, FeedProblem, FeedState, FeedStatus, RevocationOptions } from './revocations/options.js';
export type { RevokedSession } from './revocations/messages.js';
export { createPolicyClient, type PolicyClient, type PolicyClientOptions } from './policy/policy-client.js';
export type { PolicyCallEvent } from './policy/policy-transport.js';
export type { Check, CheckResult, Permission, Permissions, Subject } from './policy/messages.js';
export type { Clock } from './clock.js';
