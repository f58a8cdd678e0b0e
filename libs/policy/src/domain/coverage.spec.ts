import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EffectiveRule } from './check.js';
import { covers, type Right } from './coverage.js';
import { ANY_MEMBER, SYSTEM_WIDE } from './definition.js';
import { type Edge, Hierarchy } from './hierarchy.js';

const FLAT = new Hierarchy([], []);
const rule = (more: Partial<EffectiveRule> = {}): EffectiveRule => ({
  policyId: '1',
  object: 'orders',
  action: 'read',
  effect: 'allow',
  domain: SYSTEM_WIDE,
  heldIn: '*',
  ...more,
});
const right = (more: Partial<Right> = {}): Right => ({
  object: 'orders',
  action: 'read',
  domain: SYSTEM_WIDE,
  heldIn: '*',
  ...more,
});

describe('a right is covered', () => {
  it.each<[string, Partial<EffectiveRule>, Partial<Right>, boolean]>([
    ['by the same', {}, {}, true],
    ['by what it is a part of', {}, { object: 'orders.lines' }, true],
    ['not by a part of it', { object: 'orders.lines' }, {}, false],
    ['not by what only begins alike', {}, { object: 'ordersOf' }, false],
    ['by everything', { object: '*', action: '*' }, { object: '*', action: '*' }, true],
    ['not by one object, where it is everything', { action: '*' }, { object: '*' }, false],
    ['not by one action, where it is every', {}, { action: '*' }, false],
    ['not by another action', { action: 'write' }, {}, false],
    ['system-wide, in a domain', {}, { domain: 'Shop_7' }, true],
    ['system-wide, for members', {}, { domain: ANY_MEMBER }, true],
    ['not for members, for members, who are others', { domain: ANY_MEMBER }, { domain: ANY_MEMBER }, false],
    ['not by a word that names no domain', { domain: '*' }, {}, false],
    ['not by a word that names no domain, for the same', { domain: '*' }, { domain: '*' }, false],
    ['not for members, in a domain', { domain: ANY_MEMBER }, { domain: 'Shop_7' }, false],
    ['not for members, system-wide', { domain: ANY_MEMBER }, {}, false],
    ['in a domain, in the same', { domain: 'Shop_7' }, { domain: 'Shop_7' }, true],
    ['not in a domain, in another', { domain: 'Shop_8' }, { domain: 'Shop_7' }, false],
    ['not in a domain, for members', { domain: 'Shop_7' }, { domain: ANY_MEMBER }, false],
    ['not by a role held there, where all within it is meant', { heldIn: 'Shop_7' }, { domain: 'Shop_7' }, false],
    ['by a role held there, for a role held there', { heldIn: 'Shop_7' }, { heldIn: 'Shop_7' }, true],
    ['not by a role held there, system-wide', { heldIn: 'Shop_7' }, {}, false],
    ['not by a role held elsewhere', { heldIn: 'Shop_8' }, { domain: 'Shop_7' }, false],
    ['by a rule of the domain that the role is held in', { domain: 'Shop_7' }, { heldIn: 'Shop_7' }, true],
  ])('%s', (_case, has, wanted, expected) => {
    expect(covers([rule(has)], right(wanted), FLAT)).toBe(expected);
  });

  it('by what resources and actions inherit', () => {
    const hierarchy = new Hierarchy([['invoices', 'orders']], [['list', 'read']]);
    expect(covers([rule()], right({ object: 'invoices.lines', action: 'list' }), hierarchy)).toBe(true);
    expect(covers([rule({ object: 'invoices' })], right(), hierarchy)).toBe(false);
  });
});

describe('a right of which a part is denied is not covered', () => {
  it.each<[string, Partial<EffectiveRule>, Partial<Right>, boolean]>([
    ['the same', {}, {}, false],
    ['a part of the object', { object: 'orders.lines' }, {}, false],
    ['what it is a part of', {}, { object: 'orders.lines' }, false],
    ['one action of all', { action: 'read' }, { action: '*' }, false],
    ['everything', { object: '*', action: '*' }, {}, false],
    ['one domain of all', { domain: 'Shop_7' }, {}, false],
    ['where a role is held', { heldIn: 'Shop_7' }, { domain: 'Shop_7' }, false],
    ['as a member', { domain: ANY_MEMBER }, { domain: 'Shop_7' }, false],
    ['another object, which is none', { object: 'goods' }, {}, true],
    ['another action, which is none', { action: 'write' }, {}, true],
    ['another domain, which may lie within', { domain: 'Shop_8' }, { domain: 'Shop_7' }, false],
  ])('%s', (_case, denied, wanted, expected) => {
    const all = rule({ object: '*', action: '*' });
    expect(covers([all, rule({ effect: 'deny', ...denied })], right(wanted), FLAT)).toBe(expected);
  });

  it('be it by inheritance alone', () => {
    const hierarchy = new Hierarchy(
      [
        ['invoices', 'orders'],
        ['invoices.lines', 'books'],
      ],
      [],
    );
    const all = rule({ object: '*', action: '*' });
    expect(covers([all, rule({ object: 'invoices', effect: 'deny' })], right(), hierarchy)).toBe(false);
    expect(covers([all, rule({ object: 'books', effect: 'deny' })], right(), hierarchy)).toBe(false);
  });
});

const OBJECTS = ['a', 'a.b', 'a.b.c', 'd', 'd.e'];
const ACTIONS = ['x', 'y', 'z'];
const DOMAINS = ['Shop_1', 'Shop_2', 'Region_1'];
/** A domain and all that it lies within. */
const above = (domain: string) => (domain === 'Shop_1' ? ['Shop_1', 'Region_1'] : [domain]);

interface Request {
  object: string;
  action: string;
  domain: string;
}
const REQUESTS: Request[] = [...OBJECTS, 'f'].flatMap((object) =>
  [...ACTIONS, 'w'].flatMap((action) =>
    [SYSTEM_WIDE, ...DOMAINS, 'Shop_3'].map((domain) => ({ object, action, domain })),
  ),
);

/** As the model matches, for somebody who has joined these domains. */
function matches(from: Right, { object, action, domain }: Request, hierarchy: Hierarchy, joined: string[]): boolean {
  if (!hierarchy.covering(object).has(from.object) || !hierarchy.implying(action).has(from.action)) return false;
  if (from.heldIn !== '*' && from.heldIn !== domain) return false;
  const isMember = domain === SYSTEM_WIDE || joined.includes(domain);
  return [SYSTEM_WIDE, ...above(domain), ...(isMember ? [ANY_MEMBER] : [])].includes(from.domain);
}

it('whoever has passed on no more than is covered lets nobody do what he may not', () => {
  const one = <T>(...values: T[]) => fc.constantFrom(...values);
  const what = {
    object: one('*', ...OBJECTS),
    action: one('*', ...ACTIONS),
    domain: one(SYSTEM_WIDE, SYSTEM_WIDE, ANY_MEMBER, '*', ...DOMAINS),
    heldIn: one('*', '*', ...DOMAINS),
  };
  const rules = fc.array(fc.record({ ...what, policyId: fc.constant('1'), effect: one('allow', 'allow', 'deny') }), {
    maxLength: 4,
  });
  const edges = (names: string[]) => fc.array<Edge>(fc.tuple(one(...names), one(...names)), { maxLength: 2 });
  let covered = 0;
  fc.assert(
    fc.property(
      rules,
      fc.record(what),
      fc.subarray(DOMAINS),
      edges(OBJECTS),
      edges(ACTIONS),
      (has, wanted, joined, resources, actions) => {
        const hierarchy = new Hierarchy(resources, actions);
        if (!covers(has as EffectiveRule[], wanted, hierarchy)) return;
        covered += 1;
        const mayHimself = (request: Request) => {
          const near = has.filter((each) => matches(each, request, hierarchy, joined));
          return near.some(({ effect }) => effect === 'allow') && near.every(({ effect }) => effect === 'allow');
        };
        const given = REQUESTS.filter((request) => matches(wanted, request, hierarchy, DOMAINS));
        expect(given.filter((request) => !mayHimself(request))).toEqual([]);
      },
    ),
    { numRuns: 5000 },
  );
  expect(covered).toBeGreaterThan(50);
});
