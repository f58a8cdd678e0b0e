import { type Policy, workload } from '../support/policy.js';
import type { Manifest } from '../support/helm.js';
import { nameOf, ofKind, type Rendering, selects, type Values, workloads } from '../support/renderings.js';

/** One way in or out, as both kinds of policy allow it. */
interface Way {
  peer: string;
  port: number;
}
interface PortRule {
  ports?: { port: string | number; protocol?: string }[];
  rules?: { dns?: { matchPattern: string }[] };
}
interface Peer {
  namespaceSelector?: { matchLabels: Record<string, string> };
  podSelector?: { matchLabels?: Record<string, string> };
  ipBlock?: { cidr: string };
}
interface CiliumRule {
  fromEndpoints?: { matchLabels: Record<string, string> }[];
  toEndpoints?: { matchLabels: Record<string, string> }[];
  fromEntities?: string[];
  toEntities?: string[];
  fromCIDR?: string[];
  toCIDR?: string[];
  toFQDNs?: { matchName?: string; matchPattern?: string }[];
  toPorts?: PortRule[];
}
interface PlainRule extends PortRule {
  from?: Peer[];
  to?: Peer[];
}
type Direction = 'ingress' | 'egress';

const POLICIES = ['NetworkPolicy', 'CiliumNetworkPolicy'];
const NAMESPACE = 'seller';

/** Pods as both kinds of policy would name them. */
const pods = (namespace: string, labels: Record<string, string> = {}) =>
  `${namespace || NAMESPACE} ${JSON.stringify(labels, Object.keys(labels).toSorted())}`;

function ciliumPeers(rule: CiliumRule): string[] {
  const endpoints = [...(rule.fromEndpoints ?? []), ...(rule.toEndpoints ?? [])].map(({ matchLabels }) => {
    const { 'k8s:io.kubernetes.pod.namespace': namespace = '', ...labels } = matchLabels;
    return pods(
      namespace,
      Object.fromEntries(Object.entries(labels).map(([key, value]) => [key.replace(/^k8s:/, ''), value])),
    );
  });
  const names = (rule.toFQDNs ?? []).map(({ matchName, matchPattern }) => matchName ?? matchPattern ?? '');
  const { fromEntities = [], toEntities = [], fromCIDR = [], toCIDR = [] } = rule;
  return [...endpoints, ...fromEntities, ...toEntities, ...fromCIDR, ...toCIDR, ...names];
}

const plainPeers = ({ from = [], to = [] }: PlainRule) =>
  [...from, ...to].map(
    ({ namespaceSelector, podSelector, ipBlock }) =>
      ipBlock?.cidr ??
      pods(namespaceSelector?.matchLabels['kubernetes.io/metadata.name'] ?? '', podSelector?.matchLabels),
  );

/** What a policy allows; a rule for everybody, or for all ports, is a way of `*`. */
function waysOf(policy: Manifest, direction: Direction): Way[] {
  const rules = (policy['spec'][direction] ?? []) as (CiliumRule & PlainRule)[];
  return rules.flatMap((rule) => {
    const isCilium = policy.kind === 'CiliumNetworkPolicy';
    // Cilium: a rule without anything denies what no other allows.
    if (isCilium && Object.keys(rule).length === 0) return [];
    const found = isCilium ? ciliumPeers(rule) : plainPeers(rule);
    const numbers = (isCilium ? (rule.toPorts ?? []).flatMap(({ ports = [] }) => ports) : (rule.ports ?? [])).map(
      ({ port }) => Number(port),
    );
    return (found.length > 0 ? found : ['*']).flatMap((peer) =>
      (numbers.length > 0 ? numbers : [0]).map((port) => ({ peer, port })),
    );
  });
}

const text = ({ peer, port }: Way) => `${peer} at ${port || 'every port'}`;
const of = (rendering: Rendering, component: string) =>
  ofKind(rendering, ...POLICIES).find(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === component);

/** Who calls the API, as values say. */
function callersOf({ networkPolicy, service }: Values): string[] {
  const { gateway, sisters, monitoring, nodePort } = networkPolicy as Values;
  return [
    ...(gateway.hostNetwork ? [] : [pods(gateway.namespace, gateway.podLabels)]),
    ...sisters.map((one: Values) => pods(one['namespace'], one['podLabels'])),
    ...(monitoring.namespace ? [pods(monitoring.namespace, monitoring.blackboxLabels)] : []),
    ...(service.type === 'NodePort' ? nodePort.cidrs : []),
  ] as string[];
}

/** Nodes, which Cilium knows as such: kubelet's is always let in. */
function nodesOf({ networkPolicy: { kind, gateway, nodePort }, service }: Values): string[] {
  if (kind !== 'cilium') return gateway.hostNetwork ? (gateway.cidrs as string[]) : [];
  const others = gateway.hostNetwork || (service.type === 'NodePort' && nodePort.nodes);
  return others ? ['host', 'remote-node'] : ['host'];
}

/** What values say about who may call. */
function expectedIngress({ values }: Rendering, component: string): Way[] {
  const { kind, monitoring } = values['networkPolicy'] as Values;
  const scrape = monitoring.namespace ? [pods(monitoring.namespace, monitoring.prometheusLabels)] : [];
  const at = (peers: string[], port: number) => peers.map((peer) => ({ peer, port }));
  if (component === 'api') return [...at([...callersOf(values), ...nodesOf(values)], 3000), ...at(scrape, 9464)];
  return component === 'worker' ? at([...scrape, ...(kind === 'cilium' ? ['host'] : [])], 9464) : [];
}

const DESTINATIONS: Record<string, string[]> = {
  api: ['postgres', 'redis', 'telemetry'],
  worker: ['postgres', 'redis', 'smtp', 'sms', 'telemetry'],
  migrate: ['postgres'],
  keys: [],
};

/** What values say about where a component goes, beside DNS. */
function expectedEgress({ values }: Rendering, component: string): Way[] {
  const policy = values['networkPolicy'] as Values;
  const { access } = values['keys'];
  const cluster = component === 'keys' || (component === 'api' && access.enabled && access.fromApiPods);
  const peersOf = ({ namespace, podLabels, cidrs, fqdns }: Values) => [
    ...(namespace || Object.keys(podLabels as object).length > 0 ? [pods(namespace, podLabels)] : []),
    ...(cidrs as string[]),
    ...(fqdns as string[]),
  ];
  const api = policy['kind'] === 'cilium' ? ['kube-apiserver'] : (policy['kubeApi'].cidrs as string[]);
  return [
    ...(DESTINATIONS[component] ?? []).map((name) => [peersOf(policy[name]), policy[name].ports] as const),
    ...(cluster ? [[api, policy['kubeApi'].ports] as const] : []),
  ].flatMap(([peers, ports]) => peers.flatMap((peer) => (ports as number[]).map((port) => ({ peer, port }))));
}

const difference = (policy: Manifest, found: Way[], expected: Way[]) => {
  const [have, want] = [found, expected].map((ways) => new Set(ways.map(text)));
  return [
    ...[...(have ?? [])].filter((way) => !want?.has(way)).map((way) => `${nameOf(policy)} allows ${way}`),
    ...[...(want ?? [])].filter((way) => !have?.has(way)).map((way) => `${nameOf(policy)} does not allow ${way}`),
  ];
};

const policiesOf = (rendering: Rendering) =>
  ofKind(rendering, ...POLICIES).map((policy) => ({
    policy,
    component: policy.metadata.labels?.['app.kubernetes.io/component'] ?? '',
  }));

const covered: Policy = {
  rule: 'with policies every pod has exactly one, of the kind asked for, that rules both ways',
  breaches: (rendering) => {
    const { kind } = rendering.values['networkPolicy'] as { kind: string };
    const wanted = { none: '', kubernetes: 'NetworkPolicy', cilium: 'CiliumNetworkPolicy' }[kind];
    const all = ofKind(rendering, ...POLICIES);
    return [
      ...all.filter((one) => one.kind !== wanted).map((one) => `${nameOf(one)} is not of the kind ${kind}`),
      ...workloads(rendering).flatMap(({ component, labels }) => {
        const found = all.filter((one) => selects(one['spec'].podSelector ?? one['spec'].endpointSelector, labels));
        return found.length === (wanted ? 1 : 0) ? [] : [`${component} is ruled by ${found.length} policies`];
      }),
      ...all
        .filter(({ kind: own, spec }) =>
          own === 'NetworkPolicy' ? spec.policyTypes.join() !== 'Ingress,Egress' : !(spec.ingress && spec.egress),
        )
        .map((one) => `${nameOf(one)} rules one way alone`),
    ];
  },
  plants: {
    'a component without one': (all) =>
      all.objects.splice(
        all.objects.findIndex(({ kind }) => kind === 'CiliumNetworkPolicy'),
        1,
      ),
    'ingress for everybody': (all) => delete of(all, 'migrate')?.['spec'].ingress,
  },
};

const ingress: Policy = {
  rule: 'the gateway, sisters and monitoring come in, at the ports that containers declare, and nobody else',
  breaches: (rendering) =>
    policiesOf(rendering).flatMap(({ policy, component }) => {
      const ways = waysOf(policy, 'ingress');
      const declared = workload(rendering, component).containers.flatMap(({ ports = [] }) =>
        ports.map(({ containerPort }) => containerPort),
      );
      return [
        ...difference(policy, ways, expectedIngress(rendering, component)),
        ...ways
          .filter(({ port }) => !declared.includes(port))
          .map((way) => `${nameOf(policy)}: no container has ${text(way)}`),
        ...declared
          .filter(
            (port) => rendering.values['networkPolicy'].monitoring.namespace && !ways.some((way) => way.port === port),
          )
          .map((port) => `${nameOf(policy)}: nobody reaches ${port}`),
      ];
    }),
  plants: {
    'a rule for everybody': (all) =>
      of(all, 'api')?.['spec'].ingress.push({ toPorts: [{ ports: [{ port: '3000' }] }] }),
    'the port of the Service': (all) =>
      Object.assign(of(all, 'api')?.['spec'].ingress[0].toPorts[0].ports[0], { port: '31010' }),
    'a world': (all) => of(all, 'worker')?.['spec'].ingress.push({ fromEntities: ['world'] }),
    'no way for the sisters': (all) => of(all, 'api')?.['spec'].ingress[0].fromEndpoints.splice(1, 1),
  },
};

const isDns = (rendering: Rendering, { peer, port }: Way) => {
  const { dns } = rendering.values['networkPolicy'] as Values;
  return port === 53 && [pods(dns.namespace, dns.podLabels), ...dns.cidrs].includes(peer);
};

const egress: Policy = {
  rule: 'pods go where values say, at the ports that values say, and nowhere else',
  breaches: (rendering) =>
    policiesOf(rendering).flatMap(({ policy, component }) =>
      difference(
        policy,
        waysOf(policy, 'egress').filter((way) => !isDns(rendering, way)),
        expectedEgress(rendering, component),
      ),
    ),
  plants: {
    'another port of PostgreSQL': (all) =>
      Object.assign(of(all, 'migrate')?.['spec'].egress[1].toPorts[0].ports[0], { port: '5433' }),
    'the whole world': (all) => of(all, 'worker')?.['spec'].egress.push({ toEntities: ['world'] }),
    'mail from the API': (all) => of(all, 'api')?.['spec'].egress.push(of(all, 'worker')?.['spec'].egress.at(-2)),
  },
};

/** Whether a name of a rule is one that DNS may be asked for. */
const covers = (pattern: string, name: string) =>
  new RegExp(`^${pattern.replaceAll('.', String.raw`\.`).replaceAll('*', '.*')}$`).test(name);

const names: Policy = {
  rule: 'who goes somewhere can ask DNS; with names in a Cilium policy, its agent reads the answers for them',
  breaches: (rendering) =>
    policiesOf(rendering).flatMap(({ policy, component }) => {
      const needsDns = (DESTINATIONS[component] ?? []).length > 0;
      const canAsk = waysOf(policy, 'egress').some((way) => isDns(rendering, way));
      const rules = (policy['spec'].egress ?? []) as CiliumRule[];
      const patterns = rules
        .flatMap(({ toPorts = [] }) => toPorts)
        .filter(({ ports = [] }) => ports.some(({ port, protocol }) => port === '53' && protocol === 'ANY'))
        .flatMap((one) => one.rules?.dns ?? []);
      const unknown = rules
        .flatMap(({ toFQDNs = [] }) => toFQDNs)
        .map(({ matchName, matchPattern }) => matchName ?? matchPattern ?? '')
        .filter((name) => !patterns.some(({ matchPattern }) => covers(matchPattern, name)));
      return [
        ...(needsDns && !canAsk ? [`${nameOf(policy)}: cannot ask DNS`] : []),
        ...unknown.map((name) => `${nameOf(policy)}: never learns the address of ${name}`),
      ];
    }),
  plants: {
    'no DNS': (all) => of(all, 'api')?.['spec'].egress.shift(),
    'no rule on names': (all) => delete of(all, 'worker')?.['spec'].egress[0].toPorts[0].rules,
    'another name': (all) =>
      Object.assign(of(all, 'worker')?.['spec'].egress[0].toPorts[0].rules.dns[0], { matchPattern: '*.cluster.local' }),
  },
};

export const NETWORK = [covered, ingress, egress, names];
