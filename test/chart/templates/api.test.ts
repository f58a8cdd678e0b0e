import type { IContainer, IPodSpec } from 'kubernetes-models/v1';
import { describe, expect, it } from 'vitest';
import { EVERYTHING } from '../support/matrix.js';
import { from, only } from '../support/renderings.js';

const SELECTOR = {
  'app.kubernetes.io/name': 'identity',
  'app.kubernetes.io/instance': 'identity',
  'app.kubernetes.io/component': 'api',
};

describe('api/deployment.yaml', () => {
  const deployment = (values: object = {}, release?: typeof EVERYTHING) => only('api/deployment.yaml', values, release);
  const pod = (values: object = {}) => deployment(values)['spec'].template.spec as IPodSpec;
  const first = (values: object = {}): IContainer | undefined => pod(values).containers[0];

  it('renders two pods that are rolled one by one, with nothing given but what is required', () => {
    const { metadata, spec } = deployment();
    expect(metadata).toMatchObject({ name: 'identity-api', namespace: 'seller' });
    expect(metadata.annotations).toBeUndefined();
    expect(spec).toMatchObject({
      replicas: 2,
      minReadySeconds: 5,
      revisionHistoryLimit: 5,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      selector: { matchLabels: SELECTOR },
    });
    expect(pod().containers.map(({ name }) => name)).toEqual(['api']);
    expect(pod().initContainers).toBeUndefined();
  });

  it('leaves the number of pods to the autoscaler', () => {
    expect(deployment({ api: { autoscaling: { enabled: true } } })['spec']).not.toHaveProperty('replicas');
  });

  it('takes none, while somebody stops the service', () => {
    expect(deployment({ api: { replicas: 0 } })['spec'].replicas).toBe(0);
  });

  it('replaces the one pod of a fixed number in ids', () => {
    const { strategy, replicas } = deployment({ settings: { SNOWFLAKE_WORKER_ID: 1 }, api: { replicas: 1 } })['spec'];
    expect({ strategy, replicas }).toEqual({ strategy: { type: 'Recreate' }, replicas: 1 });
  });

  it('declares both ports, and sleeps before its end', () => {
    expect(first()?.ports).toEqual([
      { name: 'http', containerPort: 3000 },
      { name: 'management', containerPort: 9464 },
    ]);
    expect(first()?.lifecycle).toEqual({ preStop: { sleep: { seconds: 10 } } });
    const slow = { api: { preStopSeconds: 25, terminationGracePeriodSeconds: 60 } };
    expect(first(slow)?.lifecycle).toEqual({ preStop: { sleep: { seconds: 25 } } });
    expect(pod(slow).terminationGracePeriodSeconds).toBe(60);
  });

  it('asks each probe as values say', () => {
    const values = { api: { probes: { readiness: { periodSeconds: 9 } } } };
    expect(first(values)?.readinessProbe).toEqual({
      httpGet: { path: '/v1/api/identity/readyz', port: 'http' },
      periodSeconds: 9,
      timeoutSeconds: 3,
      failureThreshold: 2,
    });
  });

  it('migrates before it begins, where nobody runs hooks', () => {
    const { initContainers } = pod({ migration: { mode: 'initContainer' } });
    expect(initContainers?.map(({ name, image }) => [name, image])).toEqual([['migrate', first()?.image]]);
  });

  it('runs a digest rather than a tag, a tag rather than the version of the chart', () => {
    const repository = 'registry.example.com/nx-seller-identity';
    const digest = `sha256:${'a'.repeat(64)}`;
    expect(first({ image: { digest, tag: '1.0.0' } })?.image).toBe(`${repository}@${digest}`);
    expect(first({ image: { tag: '1.0.0' } })?.image).toBe(`${repository}:1.0.0`);
    expect(first()?.image).toMatch(/:\d+\.\d+\.\d+$/);
  });

  it('trusts authorities of a ConfigMap besides', () => {
    const values = { caCertificates: { existingConfigMap: 'authorities', key: 'roots.pem' } };
    const configMap = { name: 'authorities', items: [{ key: 'roots.pem', path: 'ca.crt' }] };
    expect(pod(values).volumes).toContainEqual({ name: 'ca', configMap });
    expect(first(values)?.env).toContainEqual({ name: 'NODE_EXTRA_CA_CERTS', value: '/run/identity/ca/ca.crt' });
    expect(pod().volumes?.map(({ name }) => name)).toEqual(['material', 'keys']);
  });

  it('is placed as values say', () => {
    const { spec } = deployment({}, EVERYTHING)['spec'].template;
    expect(spec).toMatchObject({
      nodeSelector: { 'kubernetes.io/arch': 'amd64' },
      tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'identity', effect: 'NoSchedule' }],
      priorityClassName: 'important',
      runtimeClassName: 'runc',
      imagePullSecrets: [{ name: 'registry' }],
    });
    const { nodeSelector, tolerations, priorityClassName, affinity, imagePullSecrets } = pod();
    expect([nodeSelector, tolerations, priorityClassName, affinity, imagePullSecrets]).toEqual(
      Array(5).fill(undefined),
    );
  });

  it.each([
    ['soft', 'preferredDuringSchedulingIgnoredDuringExecution'],
    ['hard', 'requiredDuringSchedulingIgnoredDuringExecution'],
  ])('keeps two pods off one node: %s', (antiAffinity, rule) => {
    expect(Object.keys(pod({ api: { antiAffinity } }).affinity?.podAntiAffinity ?? {})).toEqual([rule]);
  });

  it('is not spread, where values say so', () => {
    expect(pod().topologySpreadConstraints).toHaveLength(2);
    expect(pod({ api: { topologySpread: { enabled: false } } }).topologySpreadConstraints).toBeUndefined();
    const hard = { api: { topologySpread: { whenUnsatisfiable: 'DoNotSchedule' } } };
    expect(pod(hard).topologySpreadConstraints?.[0]?.whenUnsatisfiable).toBe('DoNotSchedule');
  });

  it('has labels and annotations for its pods that leave the selector alone', () => {
    const { selector, template } = deployment({}, EVERYTHING)['spec'];
    expect(selector).toEqual({ matchLabels: SELECTOR });
    expect(template.metadata.labels).toMatchObject({ ...SELECTOR, 'example.com/tier': 'front', team: 'seller' });
    expect(template.metadata.annotations).toMatchObject({
      'example.com/note': 'api',
      'identity/secrets-revision': '2026-11-26',
    });
  });
});

describe('api/horizontal-pod-autoscaler.yaml', () => {
  const scaler = 'api/horizontal-pod-autoscaler.yaml';

  it('is off unless asked for', () => {
    expect(from(scaler)).toEqual([]);
  });

  it('scales the API by the processor, up at once and down slowly', () => {
    const values = { api: { autoscaling: { enabled: true, targetCPUUtilizationPercentage: 60, maxReplicas: 7 } } };
    const { spec } = only(scaler, values);
    expect(spec).toMatchObject({
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'identity-api' },
      minReplicas: 2,
      maxReplicas: 7,
      metrics: [{ resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } }],
    });
    expect(spec.behavior.scaleDown.stabilizationWindowSeconds).toBeGreaterThanOrEqual(300);
  });
});

describe('api/pod-disruption-budget.yaml', () => {
  const budget = 'api/pod-disruption-budget.yaml';

  it('lets one pod go, and one that is not ready anyway', () => {
    expect(only(budget)['spec']).toEqual({
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: SELECTOR },
    });
  });

  it('takes another number, and is off where values say so', () => {
    expect(only(budget, { api: { podDisruptionBudget: { maxUnavailable: 2 } } })['spec'].maxUnavailable).toBe(2);
    expect(from(budget, { api: { podDisruptionBudget: { enabled: false } } })).toEqual([]);
  });
});

describe('api/service.yaml', () => {
  const service = (values: object = {}) => only('api/service.yaml', values);
  const port = { name: 'http', port: 3000, targetPort: 'http', appProtocol: 'http' };

  it('leads to pods that are ready, inside the cluster', () => {
    expect(service().metadata.name).toBe('identity');
    expect(service()['spec']).toEqual({ type: 'ClusterIP', selector: SELECTOR, ports: [port] });
  });

  it('as NodePort is reached at 31010, or another', () => {
    expect(service({ service: { type: 'NodePort' } })['spec']).toMatchObject({
      type: 'NodePort',
      externalTrafficPolicy: 'Cluster',
      ports: [{ ...port, nodePort: 31_010 }],
    });
    const other = service({ service: { type: 'NodePort', nodePort: 32_000, externalTrafficPolicy: 'Local' } })['spec'];
    expect(other).toMatchObject({ externalTrafficPolicy: 'Local', ports: [{ nodePort: 32_000 }] });
  });

  it('has annotations where given', () => {
    expect(service().metadata.annotations).toBeUndefined();
    expect(service({ service: { annotations: { note: 'x' } } }).metadata.annotations).toEqual({ note: 'x' });
  });
});

describe('api/service-jwks.yaml', () => {
  it.each([['ClusterIP'], ['NodePort']])('lists pods that are not ready, inside the cluster alone: %s', (type) => {
    const { metadata, spec } = only('api/service-jwks.yaml', { service: { type } });
    expect(metadata.name).toBe('identity-jwks');
    expect(spec).toEqual({
      type: 'ClusterIP',
      publishNotReadyAddresses: true,
      selector: SELECTOR,
      ports: [{ name: 'http', port: 3000, targetPort: 'http', appProtocol: 'http' }],
    });
  });
});
