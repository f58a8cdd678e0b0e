import type { EffectiveRule } from './check.js';
import { ANY_MEMBER, SYSTEM_WIDE } from './definition.js';

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

const EVERY = '*';
const WIDE = new Set([SYSTEM_WIDE, ANY_MEMBER, EVERY]);

/**
 * Whether somebody with these rules has all of this right, so that he may pass it on. Errs towards no: what is only
 * inherited between resources, actions and domains is not looked at.
 */
export function covers(rules: readonly EffectiveRule[], right: Right): boolean {
  const some = (effect: EffectiveRule['effect'], test: (rule: EffectiveRule, right: Right) => boolean) =>
    rules.some((rule) => rule.effect === effect && test(rule, right));
  return some('allow', holds) && !some('deny', overlaps);
}

/** An allow rule that is as wide as the right, or wider. */
function holds(rule: EffectiveRule, right: Right): boolean {
  return isWithin(right.object, rule.object) && isAction(right.action, rule.action) && isPlace(right, rule);
}

/** A place is where both hold: the domain of the grant, and the domain that the role is held in. */
function isPlace(right: Right, rule: EffectiveRule): boolean {
  const heldThere = [EVERY, right.heldIn, right.domain].includes(rule.heldIn);
  return heldThere && [SYSTEM_WIDE, right.domain, right.heldIn].includes(rule.domain);
}

function isAction(action: string, of: string): boolean {
  return of === EVERY || of === action;
}

/** `orders.read` is within `orders`. */
function isWithin(object: string, of: string): boolean {
  return of === EVERY || of === object || object.startsWith(`${of}.`);
}

/** A deny rule that takes a part of the right, if there is any such part. */
function overlaps(rule: EffectiveRule, right: Right): boolean {
  const objects = isWithin(right.object, rule.object) || isWithin(rule.object, right.object);
  const actions = isAction(right.action, rule.action) || isAction(rule.action, right.action);
  // Two domains that differ have nothing in common; of all others nobody knows.
  const places = new Set([rule.domain, rule.heldIn, right.domain, right.heldIn].filter((place) => !WIDE.has(place)));
  return objects && actions && places.size <= 1;
}
