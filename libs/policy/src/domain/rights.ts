import type { EffectiveRule } from './check.js';
import type { Right } from './coverage.js';
import { ANY_MEMBER, type Effect, nameOf, SYSTEM_WIDE } from './definition.js';
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
  /** The rules of who joins a domain, by the subject's name. */
  members: ReadonlyMap<string, readonly EffectiveRule[]>;
}

/** A change of a definition: one that begins gives what it allows, one that ends gives back what it denied. */
export type Change = 'begins' | 'ends';

/** What others may do once a definition begins or ends. */
export function rightsBy(change: Change, definition: NewDefinition, sources: RightSources): Right[] {
  const effect = change === 'begins' ? 'allow' : 'deny';
  const { variant, action, domain } = definition;
  const [subject, target] = [subjectOf(definition), targetOf(definition)];
  const everywhere = { domain: SYSTEM_WIDE, heldIn: '*' };
  const code = (id: string) => sources.codes.get(id) ?? '*';
  switch (variant) {
    case 'grant': {
      if ((definition.effect ?? 'allow') !== effect) return [];
      return [{ object: code(target.id), action: action ?? '*', domain: domain ?? ANY_MEMBER, heldIn: '*' }];
    }
    case 'assign_role':
    case 'role_inherits':
      return rightsOfRole(sources.roles.get(target.id) ?? [], effect, domain ?? '*');
    case 'join_domain':
      return rightsOfMember(sources.members.get(nameOf(subject)) ?? [], effect, nameOf(target));
    // What is inherited may be allowed or denied: to begin and to end it takes the same.
    case 'domain_inherits':
      return [{ object: '*', action: '*', domain: nameOf(subject), heldIn: '*' }];
    case 'resource_inherits':
      return [{ object: code(subject.id), action: '*', ...everywhere }];
    case 'action_inherits':
      return [{ object: '*', action: subject.id, ...everywhere }];
  }
}

/** What a role's holders may do, or may do again once it denies nothing. */
export function rightsOfRole(rules: readonly RoleRule[], effect: Effect, heldIn = '*'): Right[] {
  return rules
    .filter((rule) => rule.effect === effect)
    .map(({ object, action, domain }) => ({ object, action, domain, heldIn }));
}

function rightsOfMember(rules: readonly EffectiveRule[], effect: Effect, joined: string): Right[] {
  return rules
    .filter((rule) => rule.effect === effect && rule.domain === ANY_MEMBER)
    .map(({ object, action, heldIn }) => ({ object, action, domain: joined, heldIn }));
}
