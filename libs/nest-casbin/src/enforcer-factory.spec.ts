import { newEnforcer, newModelFromString } from 'casbin';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EnforcerFactory } from './enforcer-factory.js';
import { InvalidModel, InvalidPolicyLine, InvalidRequest } from './errors.js';
import type { PolicyLine } from './policy-enforcer.js';

const MODEL = `
[request_definition]
r = sub, dom, obj, act
[policy_definition]
p = sub, dom, obj, act, eft
[role_definition]
g = _, _, _
g2 = _, _
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = g(r.sub, p.sub, r.dom) && r.dom == p.dom && g2(r.obj, p.obj) && r.act == p.act
`;
const factory = new EnforcerFactory({ model: MODEL });
const enforcer = (...lines: PolicyLine[]) => factory.create(lines);

describe('an enforcer', () => {
  it('decides by roles in their domain, by inherited objects, and tells the line', () => {
    const shop = enforcer(
      ['g', 'ana', 'clerk', 'hanoi'],
      ['g', 'clerk', 'reader', 'hanoi'],
      ['g2', 'order-7', 'orders'],
      ['p', 'reader', 'hanoi', 'orders', 'read', 'allow'],
    );
    expect(shop.decide('ana', 'hanoi', 'order-7', 'read')).toEqual({
      allowed: true,
      line: ['p', 'reader', 'hanoi', 'orders', 'read', 'allow'],
    });
    expect(shop.isAllowed('ana', 'hanoi', 'orders', 'read')).toBe(true);
    for (const [sub, dom, obj, act] of [
      ['ana', 'hue', 'orders', 'read'],
      ['ana', 'hanoi', 'orders', 'write'],
      ['ana', 'hanoi', 'order-8', 'read'],
      ['bao', 'hanoi', 'orders', 'read'],
    ] as const)
      expect(shop.decide(sub, dom, obj, act)).toEqual({ allowed: false });
  });

  it('lets a deny win over every allow, and tells it', () => {
    const shop = enforcer(
      ['p', 'ana', 'hanoi', 'orders', 'read', 'allow'],
      ['p', 'clerk', 'hanoi', 'orders', 'read', 'deny'],
      ['g', 'ana', 'clerk', 'hanoi'],
    );
    expect(shop.decide('ana', 'hanoi', 'orders', 'read')).toEqual({
      allowed: false,
      line: ['p', 'clerk', 'hanoi', 'orders', 'read', 'deny'],
    });
  });

  it('knows its own lines alone', () => {
    const ana = enforcer(['p', 'ana', 'd', 'o', 'a', 'allow']);
    const bao = enforcer(['p', 'bao', 'd', 'o', 'a', 'allow']);
    expect([ana.isAllowed('ana', 'd', 'o', 'a'), ana.isAllowed('bao', 'd', 'o', 'a')]).toEqual([true, false]);
    expect([bao.isAllowed('ana', 'd', 'o', 'a'), bao.isAllowed('bao', 'd', 'o', 'a')]).toEqual([false, true]);
  });

  it('without lines allows nothing', () => {
    expect(enforcer().decide('ana', 'd', 'o', 'a')).toEqual({ allowed: false });
  });

  it('comes to an end with roles in circles, and with ten layers of ten roles', () => {
    const circle = enforcer(
      ['g', 'a', 'b', 'd'],
      ['g', 'b', 'c', 'd'],
      ['g', 'c', 'a', 'd'],
      ['p', 'c', 'd', 'o', 'a', 'allow'],
    );
    expect(circle.isAllowed('a', 'd', 'o', 'a')).toBe(true);
    expect(circle.isAllowed('x', 'd', 'o', 'a')).toBe(false);
    const ten = Array.from({ length: 10 }, (_, index) => index);
    const layers = ten.flatMap((layer) =>
      ten.flatMap((from) => ten.map((to): PolicyLine => ['g', `r${layer}-${from}`, `r${layer + 1}-${to}`, 'd'])),
    );
    const deep = enforcer(
      ...layers,
      ['p', 'r10-9', 'd', 'o', 'a', 'allow'],
      ['p', 'nobody', 'd', 'o', 'other', 'allow'],
    );
    expect(deep.isAllowed('r0-0', 'd', 'o', 'a')).toBe(true);
    expect(deep.isAllowed('r0-0', 'd', 'o', 'other')).toBe(false);
  });

  it('is not to be confused by commas: Casbin would answer for one pair of names what it found for another', () => {
    const line: PolicyLine = ['g', 'a,b', 'c', 'd'];
    expect(() => enforcer(line)).toThrow(InvalidPolicyLine);
    expect(() => enforcer().isAllowed('a', 'b,c', 'o', 'a')).toThrow(InvalidRequest);
  });

  it('refuses lines and requests that do not fit the model', () => {
    const lines: PolicyLine[] = [
      ['p', 'ana', 'd', 'o', 'a'],
      ['p', 'ana', 'd', 'o', 'a', 'allow', 'more'],
      ['g', 'ana', 'clerk'],
      ['g3', 'ana', 'clerk'],
      ['p', '', 'd', 'o', 'a', 'allow'],
    ];
    for (const line of lines) expect(() => enforcer(line)).toThrow(InvalidPolicyLine);
    expect(() => enforcer().decide('ana', 'd', 'o')).toThrow(InvalidRequest);
    expect(() => enforcer().decide('', 'd', 'o', 'a')).toThrow(InvalidRequest);
  });

  it('is not made from a model that cannot be read', () => {
    expect(() => new EnforcerFactory({ model: 'nonsense' })).toThrow(InvalidModel);
    expect(() => new EnforcerFactory({ model: '' })).toThrow(InvalidModel);
  });
});

describe('beside plain Casbin with the same lines', () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const domain = fc.constantFrom('x', 'y');
  const effect = fc.constantFrom('allow', 'allow', 'deny');
  const p = fc.tuple(name, domain, name, fc.constantFrom('read', 'write'), effect);
  const g = fc.tuple(name, name, domain);
  const g2 = fc.tuple(name, name);
  const few = { maxLength: 8 };

  it('decides the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(p, few), fc.array(g, few), fc.array(g2, few), async (ps, gs, g2s) => {
        const plain = await newEnforcer(newModelFromString(MODEL));
        await plain.addPolicies(unique(ps));
        await plain.addGroupingPolicies(unique(gs));
        await plain.addNamedGroupingPolicies('g2', unique(g2s));
        const ours = factory.create([
          ...ps.map((line): PolicyLine => ['p', ...line]),
          ...gs.map((line): PolicyLine => ['g', ...line]),
          ...g2s.map((line): PolicyLine => ['g2', ...line]),
        ]);
        for (const sub of ['a', 'b', 'z']) {
          for (const obj of ['a', 'c', 'e', 'z']) {
            const request = [sub, 'x', obj, 'read'] as const;
            expect([request, ours.isAllowed(...request)]).toEqual([request, await plain.enforce(...request)]);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** Casbin refuses a list with a line twice as a whole. */
function unique<Line extends string[]>(lines: Line[]): Line[] {
  return [...new Map(lines.map((line) => [line.join(), line])).values()];
}
