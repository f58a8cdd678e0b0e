import type { Right } from './coverage.js';
import { SYSTEM_WIDE } from './definition.js';

/** What a sister service may be let do: `area:verb`, or everything. */
export const SCOPES = ['policies:check', 'users:read', 'tokens:introspect', 'revocations:read', '*'] as const;
export type Scope = (typeof SCOPES)[number];

/** What a person must be allowed everywhere to give a service the scope. */
const PERMISSIONS: Record<Scope, readonly [object: string, action: string]> = {
  'policies:check': ['identity.policies', 'read'],
  'users:read': ['identity.users', 'read'],
  'tokens:introspect': ['identity.users', 'read'],
  'revocations:read': ['identity.users', 'read'],
  '*': ['*', '*'],
};

export function rightOf(scope: Scope): Right {
  const [object, action] = PERMISSIONS[scope];
  return { object, action, domain: SYSTEM_WIDE, heldIn: '*' };
}

export function isScope(text: string): text is Scope {
  return (SCOPES as readonly string[]).includes(text);
}

/** Whether who holds `held` may do what wants `wanted`. */
export function includesScope(held: readonly string[], wanted: string): boolean {
  return held.includes('*') || held.includes(wanted);
}
