import {
  ANY_MEMBER,
  type Effect,
  EFFECTS,
  nameOf,
  SYSTEM_WIDE,
  TYPE,
  VALUE,
  type Variant,
  VARIANTS,
} from './definition.js';

/** A definition as its statement reads it, with the code of the Permission that it targets. */
export type SliceRow = readonly [
  id: string,
  variant: string,
  subjectType: string,
  subjectId: string,
  targetType: string,
  targetId: string,
  action: string | null,
  effect: string | null,
  domain: string | null,
  code: string | null,
];

/** Each domain. */
export const ANYWHERE = '*';

/** A definition that says nothing we could follow, and why. */
export interface Unusable {
  id: string;
  reason: string;
}

/** What a definition comes to for its subject. */
export type Meaning =
  | { kind: 'rule'; subject: string; domain: string; object: string; action: string; effect: Effect }
  | { kind: 'role'; subject: string; role: string; domain: string }
  | { kind: 'membership'; subject: string; domain: string }
  | { kind: 'elsewhere' } // it joins domains, resources or actions, and nobody to anything
  | { kind: 'unusable'; reason: string };

/** Reads a row that anybody may have written, by hand or by the service before this one. */
export function meaningOf(row: SliceRow): Meaning {
  const [, variant, subjectType, subjectId, targetType, targetId] = row;
  if (!isVariant(variant)) return unusable(`the variant ${variant} is not known`);
  if (![subjectType, targetType].every((type) => TYPE.test(type))) return unusable('a type is not letters and digits');
  if (![subjectId, targetId].every((id) => VALUE.test(id))) return unusable('an id has a space or a comma in it');
  const subject = nameOf({ type: subjectType, id: subjectId });
  const target = nameOf({ type: targetType, id: targetId });
  if (variant === 'grant') return ruleOf(subject, row);
  if (variant === 'join_domain') return { kind: 'membership', subject, domain: target };
  if (variant === 'assign_role' || variant === 'role_inherits') return roleOf(subject, target, row);
  return { kind: 'elsewhere' };
}

function ruleOf(subject: string, [, , , , , , action, effect, domain, code]: SliceRow): Meaning {
  if (code === null) return unusable('its target is no Permission that exists');
  if (!action) return unusable('it has no action');
  const where = domain ?? ANY_MEMBER;
  if (![code, action, where].every((value) => VALUE.test(value))) return unusable('a value has a space or a comma');
  const decided = effect ?? 'allow';
  if (!isEffect(decided)) return unusable(`the effect ${decided} is not known`);
  return { kind: 'rule', subject, domain: where, object: code, action, effect: decided };
}

function roleOf(subject: string, role: string, [, , , , , , , , domain]: SliceRow): Meaning {
  if (domain === null || domain === SYSTEM_WIDE) return { kind: 'role', subject, role, domain: ANYWHERE };
  if (domain === ANY_MEMBER || !VALUE.test(domain)) return unusable('a role is held in one domain, or in each');
  return { kind: 'role', subject, role, domain };
}

function unusable(reason: string): Meaning {
  return { kind: 'unusable', reason };
}

function isVariant(text: string): text is Variant {
  return (VARIANTS as readonly string[]).includes(text);
}

function isEffect(text: string): text is Effect {
  return (EFFECTS as readonly string[]).includes(text);
}
