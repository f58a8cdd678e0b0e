import { newEnforcer, newModelFromString } from 'casbin';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EnforcerFactory } from './enforcer-factory.js';
import { InvalidPolicyLine, InvalidRequest } from './errors.js';

const MODEL = `
[request_definition]
r = sub, obj, act
[policy_definition]
p = sub, obj, act, eft
[role_definition]
g = _, _
g2 = _, _, _
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = g(r.sub, p.sub) && g2(r.obj, p.obj, r.act) && r.act == p.act
`;
const factory = new EnforcerFactory({ model: MODEL });
const enforcer = factory.stateless();
const same = (name: string, role: string) => name === role;
const none = { g: same, g2: same };

describe('a stateless enforcer', () => {
  it('decides by the rules and roles that come with the request, and tells the line', () => {
    const roles = { g: (name: string, role: string) => name === 'ana' && role === 'clerk', g2: same };
    const rules = [['clerk', 'orders', 'read', 'allow']];
    expect(enforcer.decide({ rules, roles }, 'ana', 'orders', 'read')).toEqual({
      allowed: true,
      line: ['p', 'clerk', 'orders', 'read', 'allow'],
    });
    expect(enforcer.decide({ rules, roles }, 'bao', 'orders', 'read')).toEqual({ allowed: false });
  });

  it('remembers nothing of the request before', () => {
    const rules = [['ana', 'orders', 'read', 'allow']];
    const everybody = { g: () => true, g2: same };
    expect(enforcer.decide({ rules, roles: everybody }, 'bao', 'orders', 'read').allowed).toBe(true);
    expect(enforcer.decide({ rules, roles: none }, 'bao', 'orders', 'read').allowed).toBe(false);
    expect(enforcer.decide({ rules: [], roles: everybody }, 'bao', 'orders', 'read')).toEqual({ allowed: false });
    expect(enforcer.decide({ rules, roles: {} }, 'ana', 'orders', 'read').allowed).toBe(false);
  });

  it('remembers nothing of a request that failed', () => {
    const rules = [['ana', 'orders', 'read', 'allow']];
    const throwing = {
      g: () => true,
      g2: () => {
        throw new Error('no roles');
      },
    };
    expect(() => enforcer.decide({ rules, roles: throwing }, 'ana', 'orders', 'read')).toThrow('no roles');
    expect(enforcer.decide({ rules: [], roles: none }, 'ana', 'orders', 'read')).toEqual({ allowed: false });
  });

  it('hands the domain to a role that has one', () => {
    const rules = [['ana', 'orders', 'read', 'allow']];
    const asked: unknown[] = [];
    const roles = { g: same, g2: (...names: unknown[]) => asked.push(names) > 0 };
    expect(enforcer.decide({ rules, roles }, 'ana', 'items', 'read').allowed).toBe(true);
    expect(asked).toEqual([['items', 'orders', 'read']]);
  });

  it('does not change what it is given', () => {
    const rules = [
      ['ana', 'orders', 'read', 'deny'],
      ['ana', 'orders', 'read', 'allow'],
    ];
    const before = structuredClone(rules);
    expect(enforcer.decide({ rules, roles: none }, 'ana', 'orders', 'read')).toEqual({
      allowed: false,
      line: ['p', 'ana', 'orders', 'read', 'deny'],
    });
    expect(rules).toEqual(before);
  });

  it.each([
    [['ana', 'orders', 'read']],
    [['ana', 'orders', 'read', 'allow', 'more']],
    [['ana,bao', 'orders', 'read', 'allow']],
    [['', 'orders', 'read', 'allow']],
  ])('refuses the rule %j', (rule) => {
    expect(() => enforcer.decide({ rules: [rule], roles: none }, 'ana', 'orders', 'read')).toThrow(InvalidPolicyLine);
  });

  it.each([
    [['ana', 'orders']],
    [['ana', 'orders', 'read', 'x']],
    [['a,b', 'orders', 'read']],
    [['', 'orders', 'read']],
  ])('refuses the request %j', (request) => {
    expect(() => enforcer.decide({ rules: [], roles: none }, ...request)).toThrow(InvalidRequest);
  });

  it('decides as plain Casbin does', async () => {
    const name = fc.constantFrom('ana', 'bao', 'orders', 'items');
    const rule = fc.tuple(name, name, fc.constantFrom('read', 'write'), fc.constantFrom('allow', 'deny'));
    const request = fc.tuple(name, name, fc.constantFrom('read', 'write'));
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(rule, { selector: String, maxLength: 8 }), request, async (rules, asked) => {
        const plain = await newEnforcer(newModelFromString(MODEL));
        await plain.addPolicies(rules);
        expect(enforcer.decide({ rules, roles: none }, ...asked).allowed).toBe(await plain.enforce(...asked));
      }),
    );
  });
});
