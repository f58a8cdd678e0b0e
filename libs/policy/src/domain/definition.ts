/** What a definition says, by its variant. Names are as in the service before this one, whose rows are still read. */
export const VARIANTS = [
  'grant', // the subject may (or, by effect, must not) do the action with the target, a Permission
  'assign_role', // the subject has the target, a Role
  'role_inherits', // who has the subject, a Role, has the target too
  'join_domain', // the subject is a member of the target, a domain
  'domain_inherits', // what holds in the target holds in the subject; both are domains
  'resource_inherits', // the subject is a part of the target; both are Permissions
  'action_inherits', // who may do the target may do the subject; both are actions
] as const;
export type Variant = (typeof VARIANTS)[number];

export const EFFECTS = ['allow', 'deny'] as const;
export type Effect = (typeof EFFECTS)[number];

/** Everywhere, whether the subject is a member or not; as the domain of a request, nowhere in particular. */
export const SYSTEM_WIDE = 'SYSTEM_WIDE';
/** In each domain that the subject has joined, and where no domain is asked about. */
export const ANY_MEMBER = 'ANY_MEMBER';

/** Somebody or something, such as `{type: 'User', id: '248151234567890944'}`. */
export interface Entity {
  type: string;
  id: string;
}

/** As Casbin and the domains of definitions name it: `User_248151234567890944`. A type has no `_`, so this is unique. */
export function nameOf({ type, id }: Entity): string {
  return `${type}_${id}`;
}

/** What a type may be: no `_`, so that `<Type>_<id>` is read in one way only. */
export const TYPE = /^[A-Za-z][A-Za-z0-9]*$/;
/**
 * What an id, a code, an action may be: Casbin joins values by commas to remember them, and spaces separate names in
 * messages of changes.
 */
export const VALUE = /^[^\s,\p{C}]+$/u;
/** What a domain may be, and the reserved words are. */
export const DOMAIN = /^[A-Za-z][A-Za-z0-9]*_[^\s,\p{C}]+$/u;
/** How long they may be that we write or are asked about. */
export const MAX_LENGTHS = { type: 64, value: 128, domain: 64 + 1 + 128 };

/** Whether a text names a domain, as `Shop_7` does; the reserved words do not. */
export function isDomain(text: string): boolean {
  return text !== SYSTEM_WIDE && text !== ANY_MEMBER && DOMAIN.test(text);
}
