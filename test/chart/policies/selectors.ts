import type { Manifest } from '../support/helm.js';
import { container, type Policy } from '../support/policy.js';
import { nameOf, ofKind, type Rendering, selects, type Selector, workloads } from '../support/renderings.js';

interface Choice {
  of: Manifest;
  selector: Selector;
  /** Components whose pods are meant. */
  meant: string[];
}

/** Where the selector of a kind stands. */
const SELECTORS: Record<string, (object: Manifest) => Selector | undefined> = {
  Deployment: (object) => object['spec'].selector as Selector,
  Service: (object) => ({ matchLabels: object['spec'].selector as Record<string, string> }),
  PodDisruptionBudget: (object) => object['spec'].selector as Selector,
  NetworkPolicy: (object) => object['spec'].podSelector as Selector,
  CiliumNetworkPolicy: (object) => object['spec'].endpointSelector as Selector,
};

/** All selectors of a release, with the component that each object says it is of. */
function choices(rendering: Rendering): Choice[] {
  const own = rendering.objects.flatMap((of) => {
    const selector = SELECTORS[of.kind]?.(of);
    const component = of.metadata.labels?.['app.kubernetes.io/component'];
    return selector ? [{ of, selector, meant: [component ?? ''] }] : [];
  });
  const spread = workloads(rendering).flatMap(({ owner, component, spec }) => {
    const {
      requiredDuringSchedulingIgnoredDuringExecution: hard,
      preferredDuringSchedulingIgnoredDuringExecution: soft,
    } = spec.affinity?.podAntiAffinity ?? {};
    return [
      ...(spec.topologySpreadConstraints ?? []).map(({ labelSelector }) => labelSelector),
      ...(hard ?? []).map(({ labelSelector }) => labelSelector),
      ...(soft ?? []).map(({ podAffinityTerm }) => podAffinityTerm.labelSelector),
    ].map((selector) => ({ of: owner, selector: selector ?? {}, meant: [component] }));
  });
  return [...own, ...spread];
}

const exact: Policy = {
  rule: 'every selector picks the pods of its component, all of them and no others',
  breaches: (rendering) =>
    choices(rendering).flatMap(({ of, selector, meant }) => {
      const picked = workloads(rendering).flatMap((one) => (selects(selector, one.labels) ? [one.component] : []));
      return picked.toSorted().join() === meant.toSorted().join()
        ? []
        : [`${nameOf(of)} is for ${meant.join()} and picks ${picked.join() || 'nothing'}`];
    }),
  plants: {
    'a Service of all components': (all) =>
      ofKind(all, 'Service').forEach((service) => delete service['spec'].selector['app.kubernetes.io/component']),
    'a budget of nobody': (all) =>
      ofKind(all, 'PodDisruptionBudget').forEach((budget) =>
        Object.assign(budget['spec'].selector.matchLabels, { 'app.kubernetes.io/component': 'apis' }),
      ),
    'a spread over all pods': (all) =>
      workloads(all).forEach(({ spec }) =>
        spec.topologySpreadConstraints?.forEach((constraint) =>
          Object.assign(constraint, { labelSelector: { matchLabels: { 'app.kubernetes.io/name': 'identity' } } }),
        ),
      ),
  },
};

const IMMUTABLE = ['app.kubernetes.io/component', 'app.kubernetes.io/instance', 'app.kubernetes.io/name'].join();

const stable: Policy = {
  rule: 'a selector that cannot be changed later holds no version and nothing that values give',
  breaches: (rendering) =>
    ofKind(rendering, 'Deployment').flatMap((object) => {
      const keys = Object.keys(object['spec'].selector.matchLabels as object).toSorted().join(); // prettier-ignore
      return keys === IMMUTABLE ? [] : [`${nameOf(object)} selects by ${keys}`];
    }),
  plants: {
    'a version': (all) =>
      ofKind(all, 'Deployment').forEach((object) =>
        Object.assign(object['spec'].selector.matchLabels, { 'app.kubernetes.io/version': '1.2.3' }),
      ),
  },
};

const ports: Policy = {
  rule: 'Services lead to ports that the pods they pick declare, to the management port without an address of their own; the monitor finds API and worker by them',
  breaches: (rendering) => {
    const lacking = (selector: Selector, port: string) =>
      workloads(rendering).filter(
        ({ labels, spec }) =>
          selects(selector, labels) && !spec.containers.some((one) => one.ports?.some(({ name }) => name === port)),
      );
    return [
      ...ofKind(rendering, 'Service').flatMap((object) =>
        (object['spec'].ports as { targetPort: string }[]).flatMap(({ targetPort }) => [
          ...lacking({ matchLabels: object['spec'].selector as Record<string, string> }, targetPort).map(
            ({ component }) => `${nameOf(object)}: ${component} has no port ${targetPort}`,
          ),
          ...(targetPort === 'http' || object['spec'].clusterIP === 'None'
            ? []
            : [`${nameOf(object)} leads to ${targetPort}`]),
        ]),
      ),
      ...ofKind(rendering, 'ServiceMonitor').flatMap((object) => {
        const [{ port }] = object['spec'].endpoints as [{ port: string }];
        const found = ofKind(rendering, 'Service')
          .filter(({ metadata }) => selects(object['spec'].selector as Selector, metadata.labels ?? {}))
          .filter(({ spec }) => (spec.ports as { name: string }[]).some(({ name }) => name === port))
          .map(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] ?? '');
        return found.toSorted().join() === 'api,worker' ? [] : [`${nameOf(object)} finds ${found.join() || 'nothing'}`];
      }),
    ];
  },
  plants: {
    'a port of another name': (all) =>
      container(all, 'worker').ports?.forEach((port) => Object.assign(port, { name: 'metrics' })),
    'metrics in a Service': (all) =>
      ofKind(all, 'Service').forEach((object) => Object.assign(object['spec'].ports[0], { targetPort: 'management' })),
    'an address for metrics': (all) => ofKind(all, 'Service').forEach((object) => delete object['spec'].clusterIP),
    'a monitor of another port': (all) =>
      ofKind(all, 'ServiceMonitor').forEach((object) =>
        Object.assign(object['spec'].endpoints[0], { port: 'metrics' }),
      ),
    'a monitor of another release': (all) =>
      ofKind(all, 'ServiceMonitor').forEach((object) =>
        Object.assign(object['spec'].selector.matchLabels, { 'app.kubernetes.io/instance': 'another' }),
      ),
  },
};

export const SELECTION = [exact, stable, ports];
