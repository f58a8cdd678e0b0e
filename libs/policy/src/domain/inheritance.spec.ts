import { expect, it } from 'vitest';
import { type InheritanceRow, inheritanceOf } from './inheritance.js';

const row = (variant: string, child: string | null = null, parent: string | null = null): InheritanceRow => [
  '7',
  variant,
  'Thing',
  '1',
  'Thing',
  '2',
  child,
  parent,
];

it('what inherits is named as checks name it', () => {
  const read = inheritanceOf([row('domain_inherits'), row('resource_inherits', 'a', 'b'), row('action_inherits')]);
  expect(read).toEqual({
    domains: [['Thing_1', 'Thing_2']],
    resources: [['a', 'b']],
    actions: [['1', '2']],
    unusable: [],
  });
});

it.each([
  ['an end that is no Permission', row('resource_inherits', 'a', null), 'its target is no Permission that exists'],
  ['another one', row('resource_inherits', null, 'a'), 'its subject is no Permission that exists'],
  ['a type that is no type', row('action_inherits').with(2, 'A_B'), 'a type is not letters and digits'],
  ['an id that is no id', row('domain_inherits').with(5, 'a b'), 'an id has a space or a comma in it'],
  ['a variant that nobody knows', row('domain_parent'), 'the variant domain_parent is not known'],
] as [string, InheritanceRow, string][])('%s makes it unusable', (_what, unusable, reason) => {
  const nothing = { domains: [], resources: [], actions: [] };
  expect(inheritanceOf([unusable])).toEqual({ ...nothing, unusable: [{ id: '7', reason }] });
});
