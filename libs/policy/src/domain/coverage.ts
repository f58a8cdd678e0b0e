import type { EffectiveRule } from './check.js';
import { isDomain, SYSTEM_WIDE } from './definition.js';
import { EVERYTHING, type Hierarchy } from './hierarchy.js';

/** What somebody may do once a definition stands: the object, the action, and where. */
export interface Right {
  /** `*` is everything. */
  object: string;
  /** `*` is everything. */
  action: string;
  /** SYSTEM_WIDE, ANY_MEMBER or `<Type>_<id>`. */
  domain: string;
  /** Where the role is held that it comes by; `*` is everywhere. */
  heldIn: string;
}

/**
 * Whether somebody with these rules has all of this right, so that he may pass it on: one allow rule as wide as the
 * right or wider, and no deny rule that takes a part of it, in whichever domain: of domains nobody knows here which ones
 * lie within which.
 */
export function covers(rules: readonly EffectiveRule[], right: Right, hierarchy: Hierarchy): boolean {
  const some = (effect: EffectiveRule['effect'], test: typeof holds) =>
    rules.some((rule) => rule.effect === effect && test(rule, right, hierarchy));
  return some('allow', holds) && !some('deny', overlaps);
}

function holds(rule: EffectiveRule, right: Right, hierarchy: Hierarchy): boolean {
  const isObject = hierarchy.covering(right.object).has(rule.object);
  return isObject && hierarchy.implying(right.action).has(rule.action) && isPlace(rule, right);
}

/**
 * A place is where both hold: the domain of the grant, and the domain that the role is held in. The first one is also
 * each domain within it, the second one is not. Members are others for everybody, so that a rule for members covers
 * nothing.
 */
function isPlace(rule: EffectiveRule, right: Right): boolean {
  if (rule.heldIn !== EVERYTHING && rule.heldIn !== right.heldIn) return false;
  return rule.domain === SYSTEM_WIDE || [right.domain, right.heldIn].filter(isDomain).includes(rule.domain);
}

function overlaps(rule: EffectiveRule, right: Right, hierarchy: Hierarchy): boolean {
  const objects = haveCommon(rule.object, right.object, {
    below: (name) => hierarchy.within(name),
    above: (name) => hierarchy.covering(name),
  });
  const actions = haveCommon(rule.action, right.action, {
    below: (name) => hierarchy.impliedBy(name),
    above: (name) => hierarchy.implying(name),
  });
  return objects && actions;
}

interface Order {
  below: (name: string) => ReadonlySet<string>;
  above: (name: string) => ReadonlySet<string>;
}

/** Whether something is a part of both. */
function haveCommon(one: string, other: string, { below, above }: Order): boolean {
  if (one === EVERYTHING || other === EVERYTHING) return true;
  return (
    [...below(one)].some((name) => above(name).has(other)) || [...below(other)].some((name) => above(name).has(one))
  );
}
