import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IContainer, IProbe } from 'kubernetes-models/v1';
import { container, eachContainer, eachWorkload, type Policy, workload } from '../support/policy.js';

/** A number of the code, in seconds. @throws Error when the line is no longer there */
function seconds(file: string, pattern: RegExp): number {
  const found = pattern.exec(readFileSync(join(import.meta.dirname, '../../..', file), 'utf8'));
  if (!found?.[1]) throw new Error(`${file} no longer says ${pattern.source}`);
  return Number(found[1].replaceAll('_', '')) / 1000;
}

/** The longest that a process takes from SIGTERM on until it has nothing left to do, as the code has it. */
export const DRAIN_SECONDS: Record<string, number> = {
  api:
    seconds('libs/platform/http/src/configure-http.ts', /requestTimeout: ([\d_]+),/) +
    seconds('apps/api/src/drain-connections.ts', /SILENCE_MS = ([\d_]+);/),
  worker: seconds('libs/platform/queue/src/graceful-worker.ts', /GRACE_MS = ([\d_]+);/),
};

const PORT = { api: 'http', worker: 'management' } as Record<string, string>;
const ADDRESS = { startupProbe: 'healthz', livenessProbe: 'healthz', readinessProbe: 'readyz' } as const;

const isPatient = ({ timeoutSeconds = 1, periodSeconds = 10, failureThreshold = 3 }: IProbe) =>
  timeoutSeconds < periodSeconds * failureThreshold;

function probeFaults(one: IContainer, name: keyof typeof ADDRESS): (string | false)[] {
  const { [name]: probe, ports = [] } = one;
  if (!probe?.httpGet) return [`has no ${name}`];
  const { port, path } = probe.httpGet;
  return [
    port !== PORT[one.name] && `${name} asks the port ${port}`,
    !ports.some((declared) => declared.name === port) && `${name} asks a port that is not declared`,
    path !== `/v1/api/identity/${ADDRESS[name]}` && `${name} asks ${path}`,
    !isPatient(probe) && `${name} waits longer for one answer than for all`,
  ];
}

const probes: Policy = {
  rule: 'API and worker have three probes, of declared ports by their names',
  breaches: eachContainer((one) => [
    ...(one.name in PORT
      ? (Object.keys(ADDRESS) as (keyof typeof ADDRESS)[]).flatMap((name) => probeFaults(one, name))
      : []),
    new Set(one.ports?.map(({ name }) => name)).size !== (one.ports?.length ?? 0) && 'has two ports of one name',
  ]),
  plants: {
    'a port that is not declared': (all) => container(all, 'api').ports?.shift(),
    'no start-up probe': (all) => delete container(all, 'worker').startupProbe,
    'liveness that needs PostgreSQL': (all) =>
      Object.assign(container(all, 'api').livenessProbe?.httpGet ?? {}, { path: '/v1/api/identity/readyz' }),
  },
};

const ending: Policy = {
  rule: 'a pod is killed only after the sleep before its end and the drain of the code are over',
  breaches: eachWorkload(({ component, spec }) => {
    const drain = DRAIN_SECONDS[component];
    if (drain === undefined) return [];
    const sleep = spec.containers[0]?.lifecycle?.preStop?.sleep?.seconds ?? 0;
    const grace = spec.terminationGracePeriodSeconds ?? 30;
    return [
      grace <= sleep + drain && `is killed after ${grace} s, and needs ${sleep + drain} s`,
      component === 'api' && sleep < 5 && 'ends before gateways know',
    ];
  }),
  plants: {
    'a grace as long as sleep and drain': (all) =>
      Object.assign(workload(all, 'api').spec, {
        terminationGracePeriodSeconds:
          (container(all, 'api').lifecycle?.preStop?.sleep?.seconds ?? 0) + (DRAIN_SECONDS['api'] ?? 0),
      }),
    'a worker killed while jobs end': (all) =>
      Object.assign(workload(all, 'worker').spec, { terminationGracePeriodSeconds: 20 }),
    'no sleep': (all) => delete container(all, 'api').lifecycle,
  },
};

const rolling: Policy = {
  rule: 'a rollout takes no pod away before another is ready, unless two would share the number in ids',
  breaches: eachWorkload(({ component, owner }, { values }) => {
    if (owner.kind !== 'Deployment') return [];
    const { type, rollingUpdate } = owner['spec'].strategy as {
      type: string;
      rollingUpdate?: { maxUnavailable: number };
    };
    const isFixed = component === 'api' && values['settings'].SNOWFLAKE_WORKER_ID !== 'auto';
    return [
      type !== (isFixed ? 'Recreate' : 'RollingUpdate') && `is replaced by ${type}`,
      !isFixed && rollingUpdate?.maxUnavailable !== 0 && 'is away for a while',
      isFixed && owner['spec'].replicas !== 1 && 'makes the same ids in two pods',
    ];
  }),
  plants: {
    'one pod away': (all) =>
      Object.assign(workload(all, 'api').owner['spec'].strategy.rollingUpdate, { maxUnavailable: 1 }),
    'all away': (all) => Object.assign(workload(all, 'worker').owner['spec'].strategy, { type: 'Recreate' }),
  },
};

export const LIFE = [probes, ending, rolling];
