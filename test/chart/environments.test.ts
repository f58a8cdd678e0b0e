import { describe, expect, it } from 'vitest';
import { MATRIX } from './support/matrix.js';
import { workload } from './support/policy.js';
import { ofKind, type Rendering, renderingOf } from './support/renderings.js';

const of = (name: string): Rendering => {
  const release = MATRIX[name];
  if (!release) throw new Error(`the matrix has no ${name}`);
  return renderingOf(name, release);
};
/** The least pods of a component. */
const replicas = (rendering: Rendering, component: string): number => {
  const scaler = [...ofKind(rendering, 'HorizontalPodAutoscaler'), ...ofKind(rendering, 'ScaledObject')].find(
    ({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === component,
  );
  const { spec } = workload(rendering, component).owner;
  return Number(spec.replicas ?? scaler?.['spec'].minReplicas ?? scaler?.['spec'].minReplicaCount);
};
const setting = (rendering: Rendering, name: string) =>
  workload(rendering, 'api').spec.containers[0]?.env?.find((one) => one.name === name)?.value;

describe.each(['staging', 'production', 'production by Argo CD'])('%s', (name) => {
  const rendering = of(name);

  it('has at least two pods of the API, which share no number in ids', () => {
    expect(replicas(rendering, 'api')).toBeGreaterThanOrEqual(2);
    expect(replicas(rendering, 'worker')).toBeGreaterThanOrEqual(1);
    expect(setting(rendering, 'SNOWFLAKE_WORKER_ID')).toBe('auto');
  });

  it('rolls without a pod less, and keeps drains of nodes from taking all', () => {
    for (const component of ['api', 'worker']) {
      const { owner, spec } = workload(rendering, component);
      expect(owner['spec'].strategy.rollingUpdate).toMatchObject({ maxUnavailable: 0 });
      expect(spec.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey)).toEqual([
        'topology.kubernetes.io/zone',
        'kubernetes.io/hostname',
      ]);
    }
    const budgets = ofKind(rendering, 'PodDisruptionBudget').map(({ metadata, spec }) => [
      metadata.name,
      spec.maxUnavailable,
    ]);
    expect(budgets).toEqual([
      ['identity-api', 1],
      ['identity-worker', 1],
    ]);
  });

  it('trusts Nginx and Traefik and no proxy more, and is reached from outside at 31010', () => {
    expect(setting(rendering, 'TRUSTED_PROXY_HOPS')).toBe('2');
    const addressed = ofKind(rendering, 'Service').filter(({ spec }) => spec.clusterIP !== 'None');
    const ports = addressed.flatMap(({ spec }) => spec.ports as { port: number; nodePort?: number }[]);
    expect(ports.map(({ port, nodePort }) => [port, nodePort])).toEqual([
      [3000, undefined],
      [3000, 31_010],
    ]);
  });

  it('is watched and closed', () => {
    const kinds = new Set(rendering.objects.map(({ kind }) => kind));
    expect([...kinds]).toEqual(
      expect.arrayContaining(['CiliumNetworkPolicy', 'ServiceMonitor', 'Probe', 'IngressRoute']),
    );
  });
});

describe('production', () => {
  it('scales the API by load, and has two workers', () => {
    expect(ofKind(of('production'), 'HorizontalPodAutoscaler')).toHaveLength(1);
    expect(workload(of('production'), 'api').owner['spec']).not.toHaveProperty('replicas');
    expect(replicas(of('production'), 'worker')).toBe(2);
  });
});

describe('development', () => {
  it('has one pod of each and a fixed number in ids', () => {
    const rendering = of('development');
    expect([replicas(rendering, 'api'), replicas(rendering, 'worker')]).toEqual([1, 1]);
    expect(setting(rendering, 'SNOWFLAKE_WORKER_ID')).toBe('1');
    expect(ofKind(rendering, 'PodDisruptionBudget', 'CiliumNetworkPolicy')).toEqual([]);
  });
});
