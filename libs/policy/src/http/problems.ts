export const LAST_ADMINISTRATOR = {
  kind: 'conflict',
  code: 'policy.last-administrator',
  when: 'By this no administrator could change any more who may do what.',
} as const;
export const CANNOT_GRANT = {
  kind: 'forbidden',
  code: 'policy.cannot-grant',
  when: 'By this somebody could do what you may not do yourself.',
} as const;
export const NO_ROLE = { kind: 'not-found', code: 'policy.role-not-found', when: 'There is no such role.' } as const;
export const NO_PERMISSION = {
  kind: 'not-found',
  code: 'policy.permission-not-found',
  when: 'There is no such permission.',
} as const;
export const NO_DEFINITION = {
  kind: 'not-found',
  code: 'policy.definition-not-found',
  when: 'There is no such definition.',
} as const;
export const ROLE_EXISTS = {
  kind: 'conflict',
  code: 'policy.role-exists',
  when: 'There is a role with this identifier already.',
} as const;
export const PERMISSION_EXISTS = {
  kind: 'conflict',
  code: 'policy.permission-exists',
  when: 'There is a permission with this code already.',
} as const;
export const BUILT_IN = {
  kind: 'conflict',
  code: 'policy.built-in',
  when: 'The role administrator, the permission `*` and what joins them stay as they are.',
} as const;
export const STILL_REFERRED = {
  kind: 'conflict',
  code: 'policy.still-referred',
  when: 'Definitions refer to it; revoke them first.',
} as const;
