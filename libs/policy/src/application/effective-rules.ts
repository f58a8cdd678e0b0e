import { Injectable } from '@nestjs/common';
import type { EffectiveRule } from '../domain/check.js';
import { type Effect, type Entity, SYSTEM_WIDE } from '../domain/definition.js';
import type { PolicySlice } from '../domain/policy-slice.js';
import { ANYWHERE } from '../domain/slice-row.js';
import { Policies } from './policies.js';

/** What is granted to a subject and denied to it, through all of its roles. */
@Injectable()
export class EffectiveRules {
  constructor(private readonly policies: Policies) {}

  /** @throws DomainError `database.unavailable` */
  async of(subject: Entity): Promise<EffectiveRule[]> {
    const [found] = await this.policies.slices([subject]);
    return found ? effectiveRules(found.slice) : [];
  }
}

function effectiveRules(slice: PolicySlice): EffectiveRule[] {
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
