import type { Right } from './coverage.js';
import { ANY_MEMBER, type Effect, EFFECTS, nameOf, SYSTEM_WIDE, type Variant } from './definition.js';
import { type NewDefinition, subjectOf, targetOf } from './new-definition.js';

/** A grant as it reaches who has a role. */
export interface RoleRule {
  object: string;
  action: string;
  effect: Effect;
  domain: string;
}

/** What must be known to say what a definition gives. */
export interface RightSources {
  /** Codes of permissions by id. */
  codes: ReadonlyMap<string, string>;
  /** The rules of roles by id, through all that they inherit, whether they are active or not. */
  roles: ReadonlyMap<string, readonly RoleRule[]>;
}

/** A change of a definition: one that begins gives or takes, one that ends gives back what it denied. */
export type Change = 'begins' | 'ends';

interface Given {
  definition: NewDefinition;
  /** Which rules change hands. */
  effects: readonly Effect[];
  sources: RightSources;
}

/** What these take depends on their subject. */
const OF_SUBJECT = new Set<Variant>(['domain_inherits', 'resource_inherits', 'action_inherits']);
const EVERYWHERE = { domain: SYSTEM_WIDE, heldIn: '*' };
/** A permission that is not there any more may have been any. */
const codeOf = (id: string, { codes }: RightSources) => codes.get(id) ?? '*';

const GIVEN_BY: Record<Variant, (given: Given) => Right[]> = {
  grant: ({ definition, effects, sources }) => {
    if (!effects.includes(definition.effect ?? 'allow')) return [];
    const object = codeOf(definition.targetId, sources);
    return [{ object, action: definition.action ?? '*', domain: definition.domain ?? ANY_MEMBER, heldIn: '*' }];
  },
  assign_role: rightsOfTarget,
  role_inherits: rightsOfTarget,
  // What is given to members later, or to whom the subject lies within, is theirs too: nobody can say how much that is.
  join_domain: ({ definition }) => [allWithin(nameOf(targetOf(definition)))],
  // What is inherited may be allowed or denied: to begin and to end it takes the same.
  domain_inherits: ({ definition }) => [allWithin(nameOf(subjectOf(definition)))],
  resource_inherits: ({ definition, sources }) => [
    { object: codeOf(definition.subjectId, sources), action: '*', ...EVERYWHERE },
  ],
  action_inherits: ({ definition }) => [{ object: '*', action: definition.subjectId, ...EVERYWHERE }],
};

/** What others may do, or may not do any more, once a definition begins or ends. */
export function rightsBy(change: Change, definition: NewDefinition, sources: RightSources): Right[] {
  const effects = change === 'begins' ? EFFECTS : (['deny'] as const);
  return GIVEN_BY[definition.variant]({ definition, effects, sources });
}

/** Definitions of one text come to the same rights, whoever their subjects are. */
export function giftOf(definition: NewDefinition): string {
  const { variant, targetType, targetId, action, effect, domain } = definition;
  const subject = OF_SUBJECT.has(variant) ? nameOf(subjectOf(definition)) : '';
  return JSON.stringify([variant, subject, targetType, targetId, action, effect, domain]);
}

function rightsOfTarget({ definition, effects, sources }: Given): Right[] {
  return rightsOfRole(sources.roles.get(definition.targetId) ?? [], effects, definition.domain ?? '*');
}

/** What a role's holders may do, or may do again once it denies nothing. */
export function rightsOfRole(rules: readonly RoleRule[], effects: readonly Effect[], heldIn = '*'): Right[] {
  return rules
    .filter((rule) => effects.includes(rule.effect))
    .map(({ object, action, domain }) => ({ object, action, domain, heldIn }));
}

function allWithin(domain: string): Right {
  return { object: '*', action: '*', domain, heldIn: '*' };
}
