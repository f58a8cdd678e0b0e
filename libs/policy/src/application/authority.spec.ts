import { describe, expect, it } from 'vitest';
import type { Queryable } from '@platform/database';
import { type Effect, SYSTEM_WIDE } from '../domain/definition.js';
import { Hierarchy } from '../domain/hierarchy.js';
import type { NewDefinition } from '../domain/new-definition.js';
import { Grantor } from './authority.js';
import type { PermissionCatalogue } from './catalogue.js';
import type { PolicyDefinitions } from './policy-definitions.js';

const NOWHERE: Queryable = { query: () => Promise.reject(new Error('not to be asked')) };
let read = 0;
const RULES = {
  object: 'orders',
  action: 'read',
  domain: SYSTEM_WIDE,
  get effect(): Effect {
    read += 1;
    return 'allow';
  },
};
const roles = { rulesOfRoles: async () => new Map([['5', [RULES]]]) } as unknown as PolicyDefinitions;
const permissions = {
  named: async () => ['a', 'b', 'c'].map((name) => ({ id: name, name })),
} as unknown as PermissionCatalogue;
/** Somebody who may read orders where he holds the role alone. */
const own = { policyId: '1', object: 'orders', action: 'read', effect: 'allow', domain: SYSTEM_WIDE } as const;
const grantor = new Grantor(
  { rules: [{ ...own, heldIn: 'Shop_7' }], roles: new Set(), hierarchy: new Hierarchy([], []) },
  roles,
  permissions,
);
const empty = { action: null, effect: null, domain: null, metadata: null };
const assigned = (subjectId: number, domain = 'Shop_7'): NewDefinition => ({
  ...empty,
  variant: 'assign_role',
  subjectType: 'User',
  subjectId: String(subjectId),
  targetType: 'Role',
  targetId: '5',
  domain,
});
const MANY = Array.from({ length: 2500 }, (_none, index) => assigned(index + 1));

describe('what many definitions give', () => {
  it('is looked at once when it is the same', async () => {
    read = 0;
    await grantor.assertMay('begins', MANY, NOWHERE);
    expect(read).toBe(1);
  });

  it('is refused when one of them gives more', async () => {
    const more = grantor.assertMay('begins', [...MANY, assigned(1, 'Shop_8')], NOWHERE);
    await expect(more).rejects.toMatchObject({ code: 'policy.cannot-grant' });
  });

  const all = { ...own, object: '*', action: '*', heldIn: '*' };
  const notB = [all, { ...all, object: 'b', action: 'b', effect: 'deny' as const }];
  it.each([
    ['domain_inherits', 'Shop', [{ ...all, domain: 'Shop_a' }]],
    ['resource_inherits', 'Permission', notB],
    ['action_inherits', 'Action', notB],
  ] as const)('depends on what inherits: %s', async (variant, type, rules) => {
    const careful = new Grantor({ rules, roles: new Set(), hierarchy: new Hierarchy([], []) }, roles, permissions);
    const ends = { subjectType: type, targetType: type, targetId: 'c' };
    const may = (...ids: string[]) => {
      const edges = ids.map((subjectId) => ({ ...empty, variant, ...ends, subjectId }));
      return careful.assertMay('begins', edges, NOWHERE);
    };
    await may('a');
    await expect(may('a', 'b')).rejects.toMatchObject({ code: 'policy.cannot-grant' });
    await expect(may('b', 'a')).rejects.toMatchObject({ code: 'policy.cannot-grant' });
  });
});
