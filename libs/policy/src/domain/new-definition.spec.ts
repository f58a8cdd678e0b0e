import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VARIANTS } from './definition.js';
import { definitionSchema, draftSchema } from './new-definition.js';

const user = { subjectType: 'User', subjectId: '7' };
const GOOD = {
  grant: { ...user, targetType: 'Permission', targetId: '5', action: 'read' },
  assign_role: { ...user, targetType: 'Role', targetId: '5' },
  role_inherits: { subjectType: 'Role', subjectId: '4', targetType: 'Role', targetId: '5' },
  join_domain: { ...user, targetType: 'Shop', targetId: '7' },
  domain_inherits: { subjectType: 'Shop', subjectId: '7', targetType: 'Region', targetId: 'north' },
  resource_inherits: { subjectType: 'Permission', subjectId: '4', targetType: 'Permission', targetId: '5' },
  action_inherits: { subjectType: 'Action', subjectId: 'list', targetType: 'Action', targetId: 'read' },
};

function faults(order: unknown, schema: { safeParse: typeof definitionSchema.safeParse } = definitionSchema): string[] {
  const result = schema.safeParse(order);
  return result.success ? [] : result.error.issues.map(({ path }) => path.join('.'));
}

describe.each(VARIANTS)('%s', (variant) => {
  const good = { variant, ...GOOD[variant] };

  it('is accepted as it should be', () => {
    expect(faults(good)).toEqual([]);
    expect(faults({ ...good, metadata: { ticket: 'OPS-1', count: 2, urgent: true, by: null } })).toEqual([]);
  });

  it('wants the types that it joins', () => {
    const wrong = { ...good, subjectType: 'Thing', targetType: 'Thing', targetId: '5' };
    const free = { grant: ['targetType'], assign_role: ['targetType'], join_domain: [], domain_inherits: [] };
    expect(faults(wrong)).toEqual(free[variant as 'grant'] ?? ['subjectType', 'targetType']);
  });

  it('has an action, an effect and a domain where these say something', () => {
    const isGrant = variant === 'grant';
    expect(faults({ ...good, action: 'read' })).toEqual(isGrant ? [] : ['action']);
    expect(faults({ ...good, effect: 'deny' })).toEqual(isGrant ? [] : ['effect']);
    const local = isGrant || variant === 'assign_role';
    expect(faults({ ...good, domain: 'Shop_7' })).toEqual(local ? [] : ['domain']);
    for (const domain of ['SYSTEM_WIDE', 'ANY_MEMBER'])
      expect(faults({ ...good, domain })).toEqual(isGrant ? [] : ['domain']);
  });

  it('is of two', () => {
    const { subjectType: targetType, subjectId: targetId } = good;
    const self = faults({ ...good, targetType, targetId });
    expect(self.some((path) => path.startsWith('target'))).toBe(true);
  });
});

describe('a field', () => {
  const grant = { variant: 'grant', ...GOOD.grant };
  it.each([
    ['variant', ['policy', 'group', 'Grant', '', 1, null]],
    ['subjectType', ['', 'a_b', '1a', 'a'.repeat(65), 'Üser', null]],
    ['subjectId', ['', ' ', 'a b', 'a,b', 'a\u0000', '\ud800', 'a\u200b', 'x'.repeat(129), 7]],
    ['targetId', ['orders.read', '0', '01', '9223372036854775808', '1'.repeat(20)]],
    ['action', ['', 'a b', 'a,b', 'x'.repeat(129), 1]],
    ['effect', ['', 'Allow', 1]],
    ['domain', ['', 'Shop', 'Shop_', '_7', 'My Shop_7', 'Shop_a,b', '*']],
  ])('%s is refused when it is odd', (field, values) => {
    for (const value of values) expect([value, faults({ ...grant, [field]: value })]).toEqual([value, [field]]);
  });

  it('names no reserved word, however it is put together', () => {
    const shop = { variant: 'join_domain', ...GOOD.join_domain };
    expect(faults({ ...shop, targetType: 'SYSTEM', targetId: 'WIDE' })).toEqual(['targetId']);
    expect(faults({ ...shop, targetType: 'ANY', targetId: 'MEMBER' })).toEqual(['targetId']);
    expect(faults({ variant: 'action_inherits', ...GOOD.action_inherits, targetId: '*' })).toEqual(['targetId']);
  });

  it('is known', () => {
    expect(definitionSchema.safeParse({ ...grant, targetName: 'orders.read' }).success).toBe(false);
    expect(definitionSchema.safeParse({ ...grant, id: '1' }).success).toBe(false);
  });

  it('metadata is small and flat', () => {
    const withMetadata = (metadata: unknown) => faults({ ...grant, metadata });
    for (const value of [
      { a: {} },
      { a: [] },
      { 'a b': 1 },
      { a: '\u0000' },
      { a: '\udfff' },
      { a: Number.POSITIVE_INFINITY },
    ])
      expect(withMetadata(value)[0]).toMatch(/^metadata\./);
    for (const value of [[], 'x', 1]) expect(withMetadata(value)).toEqual(['metadata']);
    expect(withMetadata({ a: 'x'.repeat(4000) })).toEqual([]);
    expect(withMetadata({ a: 'x'.repeat(4096) })).toEqual(['metadata']);
  });
});

it('a draft may name a role or a permission, and nothing else', () => {
  const { targetId: _id, ...rest } = GOOD.grant;
  const draft = { variant: 'grant', ...rest };
  expect(faults({ ...draft, targetName: 'orders.read' }, draftSchema as never)).toEqual([]);
  expect(faults(draft, draftSchema as never)).toEqual(['targetId']);
  expect(faults({ ...draft, targetName: 'x', subjectName: 'ana' }, draftSchema as never)).toEqual(['subjectName']);
});

it('anything whatever is refused or accepted, and never a fault of ours', () => {
  fc.assert(
    fc.property(fc.constantFrom(...VARIANTS), fc.jsonValue(), fc.string(), (variant, value, text) => {
      definitionSchema.safeParse(value);
      for (const field of ['subjectType', 'subjectId', 'targetId', 'action', 'domain', 'metadata'])
        for (const odd of [value, text]) definitionSchema.safeParse({ variant, ...GOOD[variant], [field]: odd });
    }),
  );
});
