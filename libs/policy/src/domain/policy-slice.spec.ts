import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PolicySlice } from './policy-slice.js';
import type { SliceRow } from './slice-row.js';

let last = 0;
const grant = (
  code: string,
  more: { subject?: string; action?: string | null; effect?: string | null } = {},
): SliceRow => [
  String((last += 1)),
  'grant',
  more.subject ? 'Role' : 'User',
  more.subject ?? '1',
  'Permission',
  '7',
  more.action === undefined ? 'read' : more.action,
  more.effect ?? null,
  null,
  code,
];
const joined = (variant: string, from: string, to: string, domain: string | null = null): SliceRow => [
  String((last += 1)),
  variant,
  ...(from.split('_') as [string, string]),
  ...(to.split('_') as [string, string]),
  ...([null, null] as const),
  domain,
  null,
];

describe('a slice', () => {
  it('finds the rules on an object among any others', () => {
    const code = fc.constantFrom('a', 'a.b', 'ab', 'b', 'B', 'ä', '*', 'zz', '\u{1F600}');
    fc.assert(
      fc.property(fc.array(code), code, (codes, asked) => {
        const slice = new PolicySlice(
          'User_1',
          codes.map((each) => grant(each)),
        );
        expect(slice.rulesOn(asked).map((rule) => rule[2])).toEqual(codes.filter((each) => each === asked));
        expect(slice.allRules()).toHaveLength(codes.length);
      }),
    );
  });

  it('keeps the values of a rule as they are, and says what a grant leaves out', () => {
    const row = grant('orders', { subject: '5', effect: 'deny', action: '*' });
    const slice = new PolicySlice('User_1', [row]);
    expect(slice.rulesOn('orders')).toEqual([['Role_5', 'ANY_MEMBER', 'orders', '*', 'deny', row[0]]]);
  });

  it('follows roles held everywhere and in the domain, ten links far, and cycles to their end', () => {
    const chain = Array.from({ length: 12 }, (_, index) =>
      joined('role_inherits', `Role_${index}`, `Role_${index + 1}`),
    );
    const slice = new PolicySlice('User_1', [
      joined('assign_role', 'User_1', 'Role_0'),
      joined('assign_role', 'User_1', 'Role_70', 'Shop_7'),
      joined('role_inherits', 'Role_3', 'Role_0'),
      ...chain,
    ]);
    expect(slice.holds('SYSTEM_WIDE')).toEqual(
      new Set(['User_1', ...Array.from({ length: 10 }, (_, index) => `Role_${index}`)]),
    );
    expect(slice.holds('Shop_7').has('Role_70')).toBe(true);
    expect(slice.roleDomains()).toEqual(['Shop_7']);
  });

  it('knows the domains that were joined', () => {
    const slice = new PolicySlice('User_1', [joined('join_domain', 'User_1', 'Shop_7')]);
    expect(slice.joined()).toEqual(new Set(['User_1', 'Shop_7']));
  });

  it.each([
    ['a variant of tomorrow', joined('imagine', 'User_1', 'Role_1'), 'the variant imagine is not known'],
    ['the older word for a grant', joined('policy', 'User_1', 'Role_1'), 'the variant policy is not known'],
    ['a grant of nothing', grant('orders', { action: null }), 'it has no action'],
    ['a third effect', grant('orders', { effect: 'maybe' }), 'the effect maybe is not known'],
    ['a code with a comma', grant('a,b'), 'a value has a space or a comma'],
    [
      'a role of all members',
      joined('assign_role', 'User_1', 'Role_1', 'ANY_MEMBER'),
      'a role is held in one domain, or in each',
    ],
    [
      'a permission that is gone',
      [...grant('x').slice(0, 9), null] as unknown as SliceRow,
      'its target is no Permission that exists',
    ],
  ])('tells of %s', (_what, row, reason) => {
    const slice = new PolicySlice('User_1', [row, grant('orders')]);
    expect(slice.unusable).toEqual([{ id: row[0], reason }]);
    expect(slice.allRules()).toHaveLength(1);
  });
});
