import { describe, expect, it } from 'vitest';
import type { Manifest } from './support/helm.js';
import { everything, renderings } from './support/renderings.js';
import { typeFaults } from './support/typed.js';

/** Objects of everything, with a key of one kind by another name. */
function misspelt(kind: string, key: string, wrong: string): Manifest[] {
  const text = JSON.stringify(everything().objects.filter((object) => object.kind === kind));
  expect(text).toContain(`"${key}":`);
  return JSON.parse(text.replaceAll(`"${key}":`, `"${wrong}":`)) as Manifest[];
}

const MISSPELT: [kind: string, key: string, wrong: string][] = [
  ['Deployment', 'terminationGracePeriodSeconds', 'terminationGracePeriodSecond'],
  ['Deployment', 'drop', 'drops'],
  ['Job', 'activeDeadlineSeconds', 'activeDeadlineSecond'],
  ['Service', 'publishNotReadyAddresses', 'publishNotReadyAddress'],
  ['HorizontalPodAutoscaler', 'averageUtilization', 'averageUtilisation'],
  ['CiliumNetworkPolicy', 'toEndpoints', 'toEndpoint'],
  ['IngressRoute', 'priority', 'prio'],
  ['ServiceMonitor', 'targetLabels', 'targetLabel'],
  ['PrometheusRule', 'annotations', 'annotation'],
  ['ScaledObject', 'maxReplicaCount', 'maxReplicasCount'],
  ['ExternalSecret', 'refreshInterval', 'refreshIntervall'],
];

describe('as literals of the types of kubernetes-models', () => {
  const faults = typeFaults({
    ...Object.fromEntries(renderings().map(({ name, objects }) => [name, objects])),
    ...Object.fromEntries(MISSPELT.map((one) => [one.join(' '), misspelt(...one)])),
  });

  it.each(renderings().map(({ name }) => name))(
    '%s: TypeScript knows every key, and every value has its type',
    (name) => {
      expect(faults[name]).toEqual([]);
    },
  );

  it.each(MISSPELT)('a misspelt key fails: in %s, %s is not %s', (kind, key, wrong) => {
    expect(faults[[kind, key, wrong].join(' ')]?.join('\n')).toContain(wrong);
  });
});
