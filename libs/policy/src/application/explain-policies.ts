import { Injectable } from '@nestjs/common';
import { ANY_MEMBER, nameOf, SYSTEM_WIDE } from '../domain/definition.js';
import type { Check, CheckResult, EffectiveRule } from '../domain/check.js';
import { CheckPolicies } from './check-policies.js';
import { EffectiveRules } from './effective-rules.js';
import { PolicyDefinitions } from './policy-definitions.js';

/** A rule that reaches a subject, and what it has to say to a check. */
export interface ExplainedRule extends EffectiveRule {
  /** Whose definition it is: the subject itself, or the role that brings it. */
  from: string;
  decides: boolean;
  why: string;
}

/** Says why a check is decided as it is. */
@Injectable()
export class ExplainPolicies {
  constructor(
    private readonly policies: CheckPolicies,
    private readonly effective: EffectiveRules,
    private readonly definitions: PolicyDefinitions,
  ) {}

  /** @throws DomainError `database.unavailable` */
  async execute(check: Check): Promise<CheckResult & { rules: ExplainedRule[] }> {
    const [result, rules] = await Promise.all([this.policies.one(check), this.effective.of(check.subject)]);
    const records = await this.definitions.findAll([...new Set(rules.map(({ policyId }) => policyId))]);
    const owners = new Map(
      records.map(({ id, subjectType, subjectId, subjectName }) => [
        id,
        subjectName === null ? nameOf({ type: subjectType, id: subjectId }) : `${subjectType} ${subjectName}`,
      ]),
    );
    const explained = rules.map((rule) => ({
      ...rule,
      from: owners.get(rule.policyId) ?? 'revoked meanwhile',
      decides: rule.policyId === result.policyId,
      why: whyOf(rule, check, rule.policyId === result.policyId),
    }));
    return { ...result, rules: explained };
  }
}

function whyOf(rule: EffectiveRule, check: Check, decides: boolean): string {
  if (decides) return 'decides';
  const { object, action, domain = SYSTEM_WIDE } = check;
  const covered = rule.object === '*' || rule.object === object || object.startsWith(`${rule.object}.`);
  if (!covered) return `${object} is no part of it, unless resource_inherits says so`;
  if (!['*', action].includes(rule.action)) return 'another action, unless action_inherits says so';
  if (!['*', domain].includes(rule.heldIn)) return `the role is held in ${rule.heldIn} alone`;
  return whereOf(rule, domain) ?? (rule.effect === 'deny' ? 'denies' : 'allows, unless another rule denies');
}

function whereOf(rule: EffectiveRule, domain: string): string | undefined {
  if (rule.domain === ANY_MEMBER && domain !== SYSTEM_WIDE) return `holds if the subject has joined ${domain}`;
  if ([SYSTEM_WIDE, ANY_MEMBER, domain].includes(rule.domain)) return undefined;
  return `holds in ${rule.domain} alone, and in what domain_inherits puts into it`;
}
