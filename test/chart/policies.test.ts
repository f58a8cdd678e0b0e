import { describe, expect, it } from 'vitest';
import { HARDENING } from './policies/hardening.js';
import { LIFE } from './policies/life.js';
import { NETWORK } from './policies/network.js';
import { REFERENCES } from './policies/references.js';
import { SECRECY } from './policies/secrecy.js';
import { SELECTION } from './policies/selectors.js';
import { everything, renderings, workloads } from './support/renderings.js';

const POLICIES = [...HARDENING, ...LIFE, ...SECRECY, ...SELECTION, ...NETWORK, ...REFERENCES];

describe.each(renderings().map((rendering) => [rendering.name, rendering] as const))('%s', (_name, rendering) => {
  it('has pods of the API and of the worker', () => {
    expect(workloads(rendering).map(({ component }) => component)).toEqual(expect.arrayContaining(['api', 'worker']));
  });

  it.each(POLICIES.map((policy) => [policy.rule, policy] as const))('%s', (_rule, { breaches }) => {
    expect(breaches(rendering)).toEqual([]);
  });
});

describe('each policy bites', () => {
  it.each(
    POLICIES.flatMap(({ rule, breaches, plants }) =>
      Object.entries(plants).map(([what, plant]) => [what, rule, { breaches, plant }] as const),
    ),
  )('%s breaks: %s', (_what, _rule, { breaches, plant }) => {
    const rendering = everything();
    plant(rendering);
    expect(breaches(rendering)).not.toEqual([]);
  });
});
