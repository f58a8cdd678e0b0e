import type { Manifest } from '../support/helm.js';
import { ownMiddlewares, routesOf } from '../support/routes.js';
import { type Policy, workload } from '../support/policy.js';
import { nameOf, ofKind, type Rendering, selects, type Workload, workloads } from '../support/renderings.js';

/** When a hook comes; what belongs to the release comes after all of them. */
export function hookWeight({ metadata: { annotations = {} } }: Manifest): number | undefined {
  const isHook = annotations['helm.sh/hook'] ?? annotations['argocd.argoproj.io/hook'];
  if (isHook === undefined) return undefined;
  return Number(annotations['helm.sh/hook-weight'] ?? annotations['argocd.argoproj.io/sync-wave'] ?? 0);
}

/** Objects of the release that pods cannot begin without. */
function needsOf(rendering: Rendering, { spec, containers, labels }: Workload): Manifest[] {
  const secrets = [
    ...containers.flatMap(({ env = [] }) => env.map(({ valueFrom }) => valueFrom?.secretKeyRef?.name)),
    ...(spec.volumes ?? []).map(({ secret }) => secret?.secretName),
    ...(spec.imagePullSecrets ?? []).map(({ name }) => name),
  ];
  const maps = [
    ...containers.flatMap(({ env = [] }) => env.map(({ valueFrom }) => valueFrom?.configMapKeyRef?.name)),
    ...(spec.volumes ?? []).map(({ configMap }) => configMap?.name),
  ];
  return rendering.objects.filter((object) => {
    const { kind } = object;
    const { name } = object.metadata;
    return (
      (kind === 'ExternalSecret' && secrets.includes(object['spec'].target.name as string)) ||
      (kind === 'Secret' && secrets.includes(name)) ||
      (kind === 'ConfigMap' && maps.includes(name)) ||
      (kind === 'ServiceAccount' && name === spec.serviceAccountName) ||
      (kind.endsWith('NetworkPolicy') && selects(object['spec'].podSelector ?? object['spec'].endpointSelector, labels))
    );
  });
}

const hooks: Policy = {
  rule: 'a hook needs nothing that the release itself creates, only what is outside or comes as a hook before it',
  breaches: (rendering) =>
    workloads(rendering).flatMap((pod) => {
      const own = hookWeight(pod.owner);
      if (own === undefined) return [];
      return needsOf(rendering, pod)
        .filter((need) => (hookWeight(need) ?? Infinity) >= own)
        .map((need) => `${nameOf(pod.owner)} comes before ${nameOf(need)}, which it needs`);
    }),
  plants: {
    'the ServiceAccount of the release': (all) =>
      Object.assign(workload(all, 'migrate').spec, {
        serviceAccountName: workload(all, 'api').spec.serviceAccountName,
      }),
    'a Secret that comes later': (all) =>
      Object.assign(workload(all, 'migrate').spec.containers[0]?.env?.at(-2)?.valueFrom?.secretKeyRef ?? {}, {
        name: 'identity-connections',
      }),
    'a policy of no weight': (all) =>
      ofKind(all, 'CiliumNetworkPolicy').forEach(({ metadata }) =>
        Object.assign(metadata.annotations ?? {}, { 'helm.sh/hook-weight': '5' }),
      ),
  },
};

const again: Policy = {
  rule: 'a hook can be made again, since a Job cannot be changed; only the Job with its log stays until then',
  breaches: (rendering) =>
    rendering.objects
      .filter((object) => hookWeight(object) !== undefined)
      .flatMap((object) => {
        const { annotations = {} } = object.metadata;
        const policy = (
          annotations['helm.sh/hook-delete-policy'] ?? annotations['argocd.argoproj.io/hook-delete-policy'] ?? ''
        ).toLowerCase().replaceAll('-', ''); // prettier-ignore
        const stays = !policy.includes('hooksucceeded');
        return [
          ...(policy.includes('beforehookcreation') ? [] : [`${nameOf(object)} is in the way of the next release`]),
          ...(stays === (object.kind === 'Job')
            ? []
            : [`${nameOf(object)} ${stays ? 'stays' : 'takes its log along'}`]),
        ];
      }),
  plants: {
    'a Job that stays': (all) =>
      ofKind(all, 'Job').forEach(({ metadata }) => delete metadata.annotations?.['helm.sh/hook-delete-policy']),
  },
};

interface Reference {
  from: Manifest;
  kind: string;
  name: string;
}

/** What objects of the release name of each other. */
function references(rendering: Rendering): Reference[] {
  const names = (from: Manifest, kind: string, all: string[]) => all.map((name) => ({ from, kind, name }));
  return rendering.objects.flatMap((from) => {
    const spec = from['spec'];
    switch (from.kind) {
      case 'HorizontalPodAutoscaler':
        return names(from, spec.scaleTargetRef.kind as string, [spec.scaleTargetRef.name as string]);
      case 'ScaledObject':
        return names(from, 'Deployment', [spec.scaleTargetRef.name as string]);
      case 'RoleBinding':
        return [
          ...names(from, from['roleRef'].kind as string, [from['roleRef'].name as string]),
          ...names(
            from,
            'ServiceAccount',
            (from['subjects'] as { name: string }[]).map(({ name }) => name),
          ),
        ];
      case 'IngressRoute':
      case 'HTTPRoute':
      case 'Ingress':
        return [
          ...names(
            from,
            'Middleware',
            routesOf([from]).flatMap(({ middlewares }) => ownMiddlewares(middlewares)),
          ),
          ...names(
            from,
            'Service',
            routesOf([from]).map(({ service }) => service),
          ),
        ];
      default:
        return [];
    }
  });
}

const resolved: Policy = {
  rule: 'what objects name of each other is there',
  breaches: (rendering) => {
    const there = new Set(rendering.objects.map(nameOf));
    const accounts = workloads(rendering)
      .filter(({ spec }) => rendering.values['serviceAccount'].create && spec.serviceAccountName !== 'default')
      .map(({ owner, spec }) => ({ from: owner, kind: 'ServiceAccount', name: spec.serviceAccountName ?? '' }));
    return [...references(rendering), ...accounts]
      .filter(({ kind, name }) => !there.has(`${kind} ${name}`))
      .map(({ from, kind, name }) => `${nameOf(from)} names the ${kind} ${name}, which is not there`);
  },
  plants: {
    'a target that is gone': (all) =>
      ofKind(all, 'HorizontalPodAutoscaler').forEach((object) =>
        Object.assign(object['spec'].scaleTargetRef, { name: 'identity' }),
      ),
    'a middleware that is gone': (all) =>
      all.objects.splice(
        all.objects.findIndex(({ kind }) => kind === 'Middleware'),
        1,
      ),
    'a Service that is gone': (all) =>
      all.objects.splice(
        all.objects.findIndex(({ kind }) => kind === 'Service'),
        1,
      ),
    'a subject that is gone': (all) =>
      ofKind(all, 'RoleBinding').forEach((object) => Object.assign(object['subjects'][0], { name: 'keys' })),
  },
};

const owned: Policy = {
  rule: 'every object is in the namespace of the release, says whose it is, and has a name of its own',
  breaches: (rendering) =>
    rendering.objects.flatMap((object, at) => {
      const { namespace, labels = {}, name } = object.metadata;
      const wanted = { ...rendering.values['commonLabels'], 'app.kubernetes.io/instance': rendering.release };
      const lacks = Object.entries(wanted).filter(([key, value]) => labels[key] !== value);
      const twin = rendering.objects.findIndex((other) => nameOf(other) === nameOf(object) && other !== object);
      return [
        ...(namespace === 'seller' ? [] : [`${nameOf(object)} is in ${namespace}`]),
        ...lacks.map(([key]) => `${nameOf(object)} has no label ${key}`),
        ...(twin > at ? [`${nameOf(object)} is there twice`] : []),
        ...(name.length <= 63 && /^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(name) ? [] : [`${name} is no name`]),
      ];
    }),
  plants: {
    'another namespace': (all) => Object.assign(all.objects[0]?.metadata ?? {}, { namespace: 'default' }),
    'no labels': (all) => delete all.objects[3]?.metadata.labels,
    'a long name': (all) => Object.assign(all.objects[3]?.metadata ?? {}, { name: 'x'.repeat(64) }),
  },
};

export const REFERENCES = [hooks, again, resolved, owned];
