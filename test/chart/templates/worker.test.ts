import type { IContainer, IPodSpec } from 'kubernetes-models/v1';
import { describe, expect, it } from 'vitest';
import { EVERYTHING } from '../support/matrix.js';
import { from, only } from '../support/renderings.js';

const COMPONENT = { 'app.kubernetes.io/component': 'worker' };

describe('worker/deployment.yaml', () => {
  const deployment = (values: object = {}, release?: typeof EVERYTHING) =>
    only('worker/deployment.yaml', values, release);
  const pod = (values: object = {}) => deployment(values)['spec'].template.spec as IPodSpec;
  const first = (values: object = {}): IContainer | undefined => pod(values).containers[0];

  it('renders one pod, which another comes beside before it goes', () => {
    expect(deployment().metadata.name).toBe('identity-worker');
    expect(deployment()['spec']).toMatchObject({
      replicas: 1,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      selector: { matchLabels: COMPONENT },
    });
    expect(deployment({ worker: { replicas: 3 } })['spec'].replicas).toBe(3);
  });

  it('leaves the number of pods to KEDA', () => {
    const keda = { enabled: true, prometheusAddress: 'http://prometheus:9090' };
    expect(deployment({ worker: { keda } })['spec']).not.toHaveProperty('replicas');
  });

  it('listens on the management port alone, and is asked there', () => {
    expect(first()?.ports).toEqual([{ name: 'management', containerPort: 9464 }]);
    for (const probe of [first()?.startupProbe, first()?.livenessProbe, first()?.readinessProbe]) {
      expect(probe?.httpGet?.port).toBe('management');
    }
    expect(first()?.lifecycle).toBeUndefined();
  });

  it('has the one key it uses, none that signs, and no token [ASVS 13.3.2]', () => {
    expect(pod().volumes?.map(({ name, secret }) => [name, secret?.items?.map(({ path }) => path)])).toEqual([
      ['material', ['configuration.key']],
    ]);
    expect(pod().automountServiceAccountToken).toBe(false);
    const values = { keys: { access: { enabled: true, fromApiPods: true } } };
    expect(pod(values).automountServiceAccountToken).toBe(false);
  });

  it('does not migrate', () => {
    expect(pod({ migration: { mode: 'initContainer' } }).initContainers).toBeUndefined();
  });

  it('rolls with the secrets it reads, where Reloader is', () => {
    expect(deployment().metadata.annotations).toBeUndefined();
    expect(deployment({ secrets: { reloader: true } }).metadata.annotations).toEqual({
      'secret.reloader.stakater.com/reload': 'identity-connections,identity-material',
    });
  });

  it('is placed by values of its own', () => {
    const { spec, metadata } = deployment({}, EVERYTHING)['spec'].template;
    expect(spec.tolerations).toEqual([{ key: 'dedicated', operator: 'Exists' }]);
    expect(metadata.labels).toMatchObject({ 'example.com/tier': 'back' });
    expect(metadata.annotations).toMatchObject({ 'example.com/note': 'worker' });
  });
});

describe('worker/pod-disruption-budget.yaml', () => {
  it('lets one pod go, and is off where values say so', () => {
    const budget = 'worker/pod-disruption-budget.yaml';
    expect(only(budget)['spec']).toMatchObject({ maxUnavailable: 1, selector: { matchLabels: COMPONENT } });
    expect(from(budget, { worker: { podDisruptionBudget: { enabled: false } } })).toEqual([]);
  });
});

describe('worker/scaled-object.yaml', () => {
  const scaled = 'worker/scaled-object.yaml';
  const keda = { enabled: true, prometheusAddress: 'http://prometheus:9090' };

  it('is off unless asked for', () => {
    expect(from(scaled)).toEqual([]);
  });

  it('scales by the jobs that wait in each queue, never to none', () => {
    const { spec } = only(scaled, { worker: { keda } });
    expect(spec).toMatchObject({
      scaleTargetRef: { name: 'identity-worker' },
      minReplicaCount: 1,
      maxReplicaCount: 5,
      fallback: { replicas: 1 },
    });
    const triggers = spec.triggers as { name: string; metadata: Record<string, string> }[];
    expect(triggers.map(({ name, metadata }) => [name, metadata['threshold'], metadata['serverAddress']])).toEqual([
      ['mail', '100', 'http://prometheus:9090'],
      ['sms', '20', 'http://prometheus:9090'],
    ]);
    for (const { name, metadata } of triggers) {
      expect(metadata['query']).toContain(`identity_queue_jobs{queue="${name}",state="waiting",namespace="seller"`);
    }
  });

  it('keeps the least pods of values while Prometheus is away', () => {
    const { minReplicaCount, fallback } = only(scaled, { worker: { keda: { ...keda, minReplicas: 2 } } })['spec'];
    expect([minReplicaCount, fallback.replicas]).toEqual([2, 2]);
  });
});
