/** Under these Nest knows what the module provides. */
export const VERIFIER = Symbol('identity-client:verifier');
export const POLICY_CLIENT = Symbol('identity-client:policy-client');
