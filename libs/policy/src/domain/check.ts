import type { Effect, Entity } from './definition.js';

/** May this subject do this? */
export interface Check {
  subject: Entity;
  /** `<Type>_<id>`; nowhere in particular when absent. */
  domain?: string;
  /** The code of a resource, such as `orders.read` or `orders`, which covers it. */
  object: string;
  action: string;
}

export interface CheckResult {
  allowed: boolean;
  /** The definition that decided; none where none matched. */
  policyId?: string;
}

/** A grant as it reaches a subject, directly or through roles. */
export interface EffectiveRule {
  policyId: string;
  /** `*` is everything. */
  object: string;
  /** `*` is everything. */
  action: string;
  effect: Effect;
  /** Of the grant: SYSTEM_WIDE, ANY_MEMBER or `<Type>_<id>`. */
  domain: string;
  /** In which domain the subject has the role that the grant is given to; `*` is each. */
  heldIn: string;
}
