import type { EffectiveRule } from './check.js';
import { type Effect, SYSTEM_WIDE } from './definition.js';
import type { PolicySlice } from './policy-slice.js';
import { ANYWHERE } from './slice-row.js';

/** The rules of a slice that reach its subject, once for each domain in which a role brings them. */
export function effectiveRules(slice: PolicySlice): EffectiveRule[] {
  const rules = slice.allRules();
  const everywhere = slice.holds(SYSTEM_WIDE);
  const heldIn = (domain: string, holders: ReadonlySet<string>) =>
    rules
      .filter(([holder]) => holders.has(holder))
      .map(([, where, object, action, effect, policyId]) => ({
        policyId,
        object,
        action,
        effect: effect as Effect, // a slice has no other
        domain: where,
        heldIn: domain,
      }));
  const local = slice.roleDomains().flatMap((domain) => heldIn(domain, without(slice.holds(domain), everywhere)));
  return [...heldIn(ANYWHERE, everywhere), ...local];
}

function without(names: ReadonlySet<string>, others: ReadonlySet<string>): Set<string> {
  return new Set([...names].filter((name) => !others.has(name)));
}
