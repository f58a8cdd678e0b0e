import { type Enforcer, newEnforcer, newModelFromString } from 'casbin';
import type { Check } from '../domain/check.js';
import { POLICY_MODEL } from '../domain/model.js';

/** A definition with codes and names in place of ids, as a test thinks of it. */
export interface Definition {
  variant: string;
  /** `User_1`; for resources and actions their code. */
  subject: string;
  target: string;
  action?: string;
  effect?: string;
  domain?: string;
}

const TYPES: Record<string, string> = {
  assign_role: 'g',
  role_inherits: 'g',
  join_domain: 'g2',
  domain_inherits: 'g3',
  resource_inherits: 'g4',
  action_inherits: 'g5',
};

/**
 * Plain node-casbin with every definition loaded, with its own role managers: what ours is held against. What its model
 * cannot say is written out: that `a` covers `a.b`, and `*` everything.
 */
export async function wholePolicy(
  definitions: readonly Definition[],
  named: { objects: readonly string[]; actions: readonly string[] },
): Promise<(check: Check) => Promise<boolean>> {
  const enforcer = await newEnforcer(newModelFromString(POLICY_MODEL));
  await enforcer.addNamedDomainMatchingFunc('g', (_asked: string, held: string) => held === '*');
  for (const [index, definition] of definitions.entries()) await add(enforcer, definition, String(index + 1));
  const lines = [
    ...named.objects.flatMap((object) => parents(object).map((parent) => ['g4', object, parent] as const)),
    ...named.objects.map((object) => ['g4', object, '*'] as const),
    ...named.actions.map((action) => ['g5', action, '*'] as const),
  ];
  for (const [type, ...values] of lines) await enforcer.addNamedGroupingPolicy(type, ...values);
  await enforcer.buildRoleLinks();
  return async ({ subject, domain = 'SYSTEM_WIDE', object, action }) =>
    await enforcer.enforce(`${subject.type}_${subject.id}`, domain, object, action);
}

async function add(enforcer: Enforcer, definition: Definition, id: string): Promise<void> {
  const { variant, subject, target, action = '', effect = 'allow', domain } = definition;
  if (variant === 'grant') await enforcer.addPolicy(subject, domain ?? 'ANY_MEMBER', target, action, effect, id);
  const type = TYPES[variant];
  if (type === 'g') await enforcer.addNamedGroupingPolicy(type, subject, target, domain ?? '*');
  else if (type) await enforcer.addNamedGroupingPolicy(type, subject, target);
}

function parents(object: string): string[] {
  const dot = object.lastIndexOf('.');
  return dot > 0 ? [object.slice(0, dot)] : [];
}
