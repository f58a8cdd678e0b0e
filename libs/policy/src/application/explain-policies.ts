import { Injectable } from '@nestjs/common';
import type { Check, CheckResult, EffectiveRule } from '../domain/check.js';
import { ANY_MEMBER, isDomain, nameOf, SYSTEM_WIDE } from '../domain/definition.js';
import { effectiveRules } from '../domain/effective-rules.js';
import { CheckPolicies } from './check-policies.js';
import { type Grounds, Policies } from './policies.js';
import { PolicyDefinitions } from './policy-definitions.js';

interface Explained {
  policyId: string;
  /** Whose definition it is: the subject itself, or what brings it. */
  from: string;
  why: string;
}

/** A rule that reaches a subject, and what it has to say to a check. */
export type ExplainedRule = EffectiveRule & Explained & { decides: boolean };

/** Says why a check is decided as it is. */
@Injectable()
export class ExplainPolicies {
  constructor(
    private readonly checks: CheckPolicies,
    private readonly policies: Policies,
    private readonly definitions: PolicyDefinitions,
  ) {}

  /**
   * @returns beside the decision all rules that reach the subject, and the definitions that would have been looked at
   *   and count for nothing
   * @throws DomainError `database.unavailable`
   */
  async execute(check: Check): Promise<CheckResult & { rules: ExplainedRule[]; unusable: Explained[] }> {
    const { domain } = check;
    const [result, [found], [place], hierarchy] = await Promise.all([
      this.checks.one(check),
      this.policies.slices([check.subject]),
      this.policies.domains(domain !== undefined && isDomain(domain) ? [domain] : []),
      this.policies.hierarchy(),
    ]);
    if (!found) throw new Error('a subject without a slice');
    const grounds = { slice: found.slice, hierarchy, domains: place?.within };
    const rules = effectiveRules(found.slice);
    // One of a domain may be found with the subject that has joined it, too.
    const unusable = new Map(
      [...found.slice.unusable, ...hierarchy.unusable, ...(place?.unusable ?? [])].map(({ id, reason }) => [
        id,
        reason,
      ]),
    );
    const owners = await this.ownersOf([...rules.map(({ policyId }) => policyId), ...unusable.keys()]);
    const from = (policyId: string) => owners.get(policyId) ?? 'revoked meanwhile';
    return {
      ...result,
      rules: rules.map((rule) => ({
        ...rule,
        from: from(rule.policyId),
        decides: rule.policyId === result.policyId,
        why: rule.policyId === result.policyId ? 'decides' : whyOf(rule, check, grounds, result.allowed),
      })),
      unusable: [...unusable].map(([policyId, reason]) => ({
        policyId,
        from: from(policyId),
        why: `counts for nothing: ${reason}`,
      })),
    };
  }

  private async ownersOf(ids: string[]): Promise<Map<string, string>> {
    const records = await this.definitions.findAll([...new Set(ids)]);
    return new Map(
      records.map(({ id, subjectType, subjectId, subjectName }) => [
        id,
        subjectName === null ? nameOf({ type: subjectType, id: subjectId }) : `${subjectType} ${subjectName}`,
      ]),
    );
  }
}

function whyOf(rule: EffectiveRule, check: Check, grounds: Grounds, allowed: boolean): string {
  const { object, action, domain = SYSTEM_WIDE } = check;
  if (!grounds.hierarchy.covering(object).has(rule.object)) return `${object} is no part of ${rule.object}`;
  if (!grounds.hierarchy.implying(action).has(rule.action)) return `${rule.action} does not imply ${action}`;
  if (!['*', domain].includes(rule.heldIn)) return `the role is held in ${rule.heldIn} alone`;
  const elsewhere = elsewhereOf(rule, domain, grounds);
  if (elsewhere !== undefined) return elsewhere;
  if (rule.effect === 'deny') return 'denies as well';
  return allowed ? 'allows as well' : 'would allow, were it not denied';
}

function elsewhereOf(rule: EffectiveRule, domain: string, { slice, domains }: Grounds): string | undefined {
  if (rule.domain === SYSTEM_WIDE) return undefined;
  if (rule.domain === ANY_MEMBER)
    return domain === SYSTEM_WIDE || slice.joined().has(domain) ? undefined : `the subject has not joined ${domain}`;
  return domains?.has(rule.domain) ? undefined : `holds in ${rule.domain}, where ${domain} does not lie`;
}
