import { describe, expect, it } from 'vitest';
import { type Manifest, type Release, render } from './support/helm.js';
import { EVERYTHING, MATRIX, MINIMAL } from './support/matrix.js';
import { hookWeight } from './policies/references.js';
import { nameOf, ofKind, renderingOf, renderings, selects, type Selector, workloads } from './support/renderings.js';

/** What Kubernetes refuses to change in an object that lives. */
const IMMUTABLE: Record<string, (object: Manifest) => unknown> = {
  Deployment: (object) => object['spec'].selector,
  Job: (object) => [object['spec'].selector, object['spec'].completionMode],
  RoleBinding: (object) => object['roleRef'],
  Service: (object) => [object['spec'].clusterIP, object['spec'].ipFamilies, object['spec'].loadBalancerClass],
  Secret: (object) => [object['type'], object['immutable']],
  ConfigMap: (object) => object['immutable'],
};

/** An operator's switches on a release that lives, beside those of the matrix. */
const SWITCHES: Record<string, Release> = {
  'another version': { ...MINIMAL, values: { image: { tag: '9.9.9' } } },
  'by digest': { ...MINIMAL, values: { image: { digest: `sha256:${'0'.repeat(64)}` } } },
  'labels on everything': { ...MINIMAL, values: { commonLabels: { team: 'other' } } },
  'labels on pods': { ...MINIMAL, values: { api: { podLabels: { tier: 'front' } } } },
  'other secrets': { ...MINIMAL, values: { secrets: { revision: '2' } } },
};

describe('an upgrade', () => {
  it('changes no field that cannot be changed, whatever is switched', () => {
    const switched = Object.entries({ ...MATRIX, ...SWITCHES })
      .filter(([, { values }]) => !(values && 'fullnameOverride' in values))
      .map(([name, release]) => renderingOf(name, release));
    const known = new Map<string, string>();
    for (const { name, objects } of switched) {
      for (const object of objects) {
        const fixed = JSON.stringify(IMMUTABLE[object.kind]?.(object) ?? null);
        expect([name, nameOf(object), known.get(nameOf(object)) ?? fixed]).toEqual([name, nameOf(object), fixed]);
        known.set(nameOf(object), fixed);
      }
    }
    expect(known.size).toBeGreaterThan(20);
  });

  it('keeps a Job out of the release: Helm could not change its template', () => {
    for (const rendering of renderings()) {
      expect(ofKind(rendering, 'Job').filter((job) => hookWeight(job) === undefined)).toEqual([]);
      expect(ofKind(rendering, 'StatefulSet', 'PersistentVolumeClaim', 'Pod')).toEqual([]);
    }
  });

  it('has no time, no chance and nothing of the cluster in it: it renders the same again', () => {
    for (const release of [MINIMAL, EVERYTHING]) expect(render(release)).toBe(render(release));
  });

  it('of the chart alone does not roll the pods', () => {
    for (const { labels, annotations } of workloads(renderingOf('everything', EVERYTHING))) {
      expect(JSON.stringify([labels, annotations])).not.toMatch(/helm\.sh\/chart|checksum/);
    }
  });

  it('with another revision of the secrets rolls API and worker', () => {
    const pods = (revision: string) =>
      workloads(renderingOf('revision', { ...MINIMAL, values: { secrets: { revision } } }))
        .filter(({ owner }) => owner.kind === 'Deployment')
        .map(({ owner }) => JSON.stringify(owner['spec'].template));
    expect(pods('1')).toHaveLength(2);
    expect(pods('1').filter((pod) => pods('2').includes(pod))).toEqual([]);
    expect(pods('')).toEqual(pods(''));
  });
});

describe('two releases in one namespace', () => {
  const pairs: [string, string][] = [
    ['identity', 'identity-blue'],
    ['identity', 'blue'],
    [`${'long-'.repeat(9)}prod`, `${'long-'.repeat(9)}test`],
  ];

  it.each(pairs)('%s and %s share no object', (one, other) => {
    const [names, others] = [one, other].map((release) =>
      renderingOf(release, EVERYTHING, release).objects.map(nameOf),
    );
    expect(names?.filter((name) => others?.includes(name))).toEqual([]);
  });

  it.each(pairs)('%s and %s pick no pods of each other', (one, other) => {
    const pods = workloads(renderingOf(other, EVERYTHING, other)).map(({ labels }) => labels);
    for (const object of renderingOf(one, EVERYTHING, one).objects) {
      const { selector, podSelector, endpointSelector } = (object['spec'] ?? {}) as Record<string, Selector>;
      const found = [podSelector, endpointSelector, object.kind === 'Service' ? { matchLabels: selector } : selector];
      const picked = found.filter((each) => each && pods.some((labels) => selects(each as Selector, labels)));
      expect([nameOf(object), picked]).toEqual([nameOf(object), []]);
    }
  });

  it('scale by their own queues alone', () => {
    const scaled = ofKind(renderingOf('identity', EVERYTHING), 'ScaledObject');
    const triggers = scaled.flatMap(({ spec }) => spec.triggers as { metadata: { query: string } }[]);
    const queries = triggers.map(({ metadata }) => metadata.query);
    expect(queries).toHaveLength(2);
    for (const query of queries) {
      const pattern = new RegExp(`^(?:${/pod=~"(?<pods>[^"]+)"/.exec(query)?.groups?.['pods']})$`);
      expect('identity-worker-6d5f7c9b8-x2x4z').toMatch(pattern);
      expect('identity-api-6d5f7c9b8-x2x4z').toMatch(pattern);
      expect('identity-blue-worker-6d5f7c9b8-x2x4z').not.toMatch(pattern);
    }
  });
});

describe('a release with the longest name that Helm takes', () => {
  const name = `${'seller-platform-'.repeat(3)}abcde`;

  it('has names and labels that Kubernetes takes', () => {
    expect(name).toHaveLength(53);
    for (const release of [EVERYTHING, ...Object.values(MATRIX)]) {
      for (const object of renderingOf('long', release, name).objects) {
        // A CronJob adds eleven characters for its Jobs.
        expect(object.metadata.name.length).toBeLessThanOrEqual(object.kind === 'CronJob' ? 52 : 63);
        expect(object.metadata.name).toMatch(/^[a-z]([a-z0-9-]*[a-z0-9])$/);
        const values = Object.values(object.metadata.labels ?? {});
        expect(values.filter((value) => !/^([A-Za-z0-9]([\w.-]{0,61}[A-Za-z0-9])?)?$/.test(value))).toEqual([]);
      }
    }
  });
});
