import { expect, it } from 'vitest';
import type { Check } from '../domain/check.js';
import { Hierarchy } from '../domain/hierarchy.js';
import { PolicySlice } from '../domain/policy-slice.js';
import { KnownDecisions } from './known-decisions.js';
import type { Grounds } from './policies.js';

const check: Check = { subject: { type: 'User', id: '7' }, object: 'orders', action: 'read', domain: 'Shop_1' };
const slice = () => new PolicySlice('User_7', []);
const grounds = { slice: slice(), hierarchy: new Hierarchy([], []), domains: new Set(['Shop_1']) };

/** How often a decision was looked for, when these were asked in turn. */
function searches(...asked: [Check, Grounds][]): number {
  const known = new KnownDecisions();
  let found = 0;
  for (const each of asked) {
    known.decide(...each, () => {
      found += 1;
      return { allowed: true };
    });
  }
  return found;
}

it('decides the same thing on the same grounds once', () => {
  expect(searches([check, grounds], [{ ...check }, { ...grounds }], [check, grounds])).toBe(1);
});

it.each([
  ['object', { ...check, object: 'orders.items' }],
  ['action', { ...check, action: 'write' }],
  ['domain', { ...check, domain: 'Shop_2' }],
  ['absence of a domain', { ...check, domain: undefined }],
])('decides each %s by itself', (_what, other) => {
  expect(searches([check, grounds], [other, grounds])).toBe(2);
});

it.each([
  ['what is said of the subject', { ...grounds, slice: slice() }],
  ['the catalogue', { ...grounds, hierarchy: new Hierarchy([], []) }],
  ['where the domain lies', { ...grounds, domains: new Set(['Shop_1']) }],
])('decides anew when %s was read anew', (_what, other) => {
  expect(searches([check, grounds], [check, other])).toBe(2);
});

it('hands out what nobody can change', () => {
  expect(Object.isFrozen(new KnownDecisions().decide(check, grounds, () => ({ allowed: false })))).toBe(true);
});
