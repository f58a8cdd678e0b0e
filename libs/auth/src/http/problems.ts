/** Refusals that several routes of this library document. */
export const WRONG_CREDENTIALS = {
  kind: 'unauthenticated',
  code: 'auth.invalid-credentials',
  when: 'The identifier or the credential is wrong.',
} as const;
export const THROTTLED = {
  kind: 'limited',
  code: 'auth.throttled',
  when: 'Too many attempts for this identifier or from this address.',
  limit: 'sign-in',
} as const;
export const BUSY = {
  kind: 'unavailable',
  code: 'auth.busy',
  when: 'More passwords wait to be hashed than can be in time.',
  limit: 'password-hash',
} as const;
export const DATABASE_AWAY = {
  kind: 'unavailable',
  code: 'database.unavailable',
  when: 'The database does not answer at the moment.',
  limit: 'database',
} as const;
/** Whatever makes a session or leaves an audit event needs an id. */
export const IDS_AWAY = {
  kind: 'unavailable',
  code: 'ids.unavailable',
  when: 'This process may give out no ids at the moment.',
  limit: 'ids',
} as const;
