import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DomainError } from '@platform/kernel';
import { ANY_MEMBER, type Effect, type Entity, isDomain, SYSTEM_WIDE } from '../domain/definition.js';
import type { Hierarchy } from '../domain/hierarchy.js';
import type { PolicySlice, Rule } from '../domain/policy-slice.js';
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
    const [[found], [place], hierarchy] = await Promise.all([
      this.policies.slices([subject]),
      this.policies.domains(isDomain(domain) ? [domain] : []),
      this.policies.hierarchy(),
    ]);
    const rules = found ? rulesIn(domain, found.slice, place?.within) : [];
    const permissions = [...writtenOut(rules, hierarchy).values()];
    if (permissions.length > MAX_PERMISSIONS) throw tooMany();
    return { version: versionOf(permissions), permissions };
  }
}

/** The rules that hold in a domain for the subject of a slice. */
function rulesIn(domain: string, slice: PolicySlice, within?: ReadonlySet<string>): Rule[] {
  const [held, joined] = [slice.holds(domain), slice.joined()];
  const isThere = (where: string) =>
    where === ANY_MEMBER
      ? domain === SYSTEM_WIDE || joined.has(domain)
      : where === SYSTEM_WIDE || within?.has(where) === true;
  return slice.allRules().filter(([holder, where]) => held.has(holder) && isThere(where));
}

function writtenOut(rules: Rule[], hierarchy: Hierarchy): Map<string, ListedPermission> {
  const listed = new Map<string, ListedPermission>();
  for (const [, , granted, done, effect, policyId] of rules) {
    const actions = [...hierarchy.impliedBy(done)];
    for (const object of hierarchy.within(granted)) {
      // A slice has no other effects.
      for (const action of actions) list(listed, { object, action, effect: effect as Effect, policyId });
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
