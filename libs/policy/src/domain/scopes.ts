/** What a sister service may be let do: `area:verb`, or everything. */
export const SCOPES = ['policies:check', 'users:read', 'tokens:introspect', 'revocations:read', '*'] as const;
type Scope = (typeof SCOPES)[number];

export function isScope(text: string): text is Scope {
  return (SCOPES as readonly string[]).includes(text);
}

/** Whether who holds `held` may do what wants `wanted`. */
export function covers(held: readonly string[], wanted: string): boolean {
  return held.includes('*') || held.includes(wanted);
}
