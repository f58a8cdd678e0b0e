import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DomainError } from '@platform/kernel';
import type { EffectiveRule } from '../domain/check.js';
import { ANY_MEMBER, type Effect, type Entity, isDomain, SYSTEM_WIDE } from '../domain/definition.js';
import type { Hierarchy } from '../domain/hierarchy.js';
import type { PolicySlice } from '../domain/policy-slice.js';
import { effectiveRules } from '../domain/effective-rules.js';
import { ANYWHERE } from '../domain/slice-row.js';
import { Policies } from './policies.js';

/** Whoever keeps more for a subject is better off asking. */
const MAX_PERMISSIONS = 10_000;

export interface ListedPermission {
  object: string;
  action: string;
  effect: Effect;
  policyId: string;
}

/** Everything a subject may do in a domain, for sisters that decide by themselves for a while. */
@Injectable()
export class ListPermissions {
  constructor(private readonly policies: Policies) {}

  /**
   * What follows from the catalogue is written out, but what lies under an object by its name: a permission on `orders`
   * is one on `orders.read` too.
   * @returns `version`, the same as long as the permissions are
   * @throws DomainError `policy.too-many-permissions`, `database.unavailable`
   */
  async execute(subject: Entity, domain = SYSTEM_WIDE): Promise<{ version: string; permissions: ListedPermission[] }> {
    const [[found], [within], hierarchy] = await Promise.all([
      this.policies.slices([subject]),
      this.policies.domains(isDomain(domain) ? [domain] : []),
      this.policies.hierarchy(),
    ]);
    const rules = found ? effectiveRules(found.slice).filter(appliesIn(domain, { within, slice: found.slice })) : [];
    const permissions = [...writtenOut(rules, hierarchy).values()];
    if (permissions.length > MAX_PERMISSIONS) throw tooMany();
    return { version: versionOf(permissions), permissions };
  }
}

function appliesIn(domain: string, { within, slice }: { within?: ReadonlySet<string>; slice: PolicySlice }) {
  const joined = slice.joined();
  return ({ domain: where, heldIn }: EffectiveRule) => {
    if (heldIn !== ANYWHERE && heldIn !== domain) return false;
    if (where === ANY_MEMBER) return domain === SYSTEM_WIDE || joined.has(domain);
    return where === SYSTEM_WIDE || within?.has(where) === true;
  };
}

function writtenOut(rules: EffectiveRule[], hierarchy: Hierarchy): Map<string, ListedPermission> {
  const listed = new Map<string, ListedPermission>();
  for (const rule of rules) {
    const actions = [...hierarchy.impliedBy(rule.action)];
    for (const object of hierarchy.within(rule.object)) {
      for (const action of actions) list(listed, { object, action, effect: rule.effect, policyId: rule.policyId });
      if (listed.size > MAX_PERMISSIONS) return listed;
    }
  }
  return listed;
}

/** Of two that say the same, the first. */
function list(listed: Map<string, ListedPermission>, permission: ListedPermission): void {
  const name = `${permission.object} ${permission.action} ${permission.effect}`; // no value has a space in it
  if (!listed.has(name)) listed.set(name, permission);
}

function versionOf(permissions: ListedPermission[]): string {
  const lines = permissions.map(({ object, action, effect }) => `${object} ${action} ${effect}`).toSorted();
  return createHash('sha256').update(lines.join('\n')).digest('base64url').slice(0, 22);
}

function tooMany(): DomainError {
  const message = `The subject has more than ${MAX_PERMISSIONS} permissions; ask for checks instead.`;
  const errors = [{ path: 'subjectId', code: 'too-many-permissions', message }];
  return new DomainError({ code: 'policy.too-many-permissions', kind: 'invalid', message, errors });
}
