import { describe, expect, it } from 'vitest';
import { from, only } from '../support/renderings.js';

const STORES = {
  postgres: { namespace: 'postgres', podLabels: { app: 'postgres' } },
  redis: { namespace: 'redis', podLabels: { app: 'redis' } },
};
const cilium = (more: object = {}) => ({ networkPolicy: { kind: 'cilium', ...STORES, ...more } });
const plain = (more: object = {}) => ({
  networkPolicy: { kind: 'kubernetes', ...STORES, kubeApi: { cidrs: ['10.96.0.1/32'] }, ...more },
});
const ROTATION = { keys: { rotation: { enabled: true } } };

const pods = (namespace: string, name: string, value: string) => ({
  matchLabels: { 'k8s:io.kubernetes.pod.namespace': namespace, [`k8s:${name}`]: value },
});
const peer = (namespace: string, matchLabels: object) => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
  podSelector: { matchLabels },
});
const tcp = (...ports: string[]) => [{ ports: ports.map((port) => ({ port, protocol: 'TCP' })) }];
const DNS = {
  toEndpoints: [pods('kube-system', 'k8s-app', 'kube-dns')],
  toPorts: [{ ports: [{ port: '53', protocol: 'ANY' }], rules: { dns: [{ matchPattern: '*' }] } }],
};
const POSTGRES = { toEndpoints: [pods('postgres', 'app', 'postgres')], toPorts: tcp('5432') };
const REDIS = { toEndpoints: [pods('redis', 'app', 'redis')], toPorts: tcp('6379') };
const PLAIN_DNS = {
  to: [peer('kube-system', { 'k8s-app': 'kube-dns' })],
  ports: [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ],
};
const to = (name: string, port: number) => ({ to: [peer(name, { app: name })], ports: [{ protocol: 'TCP', port }] });

/** A policy is there with its kind alone. */
function expectKinds(template: string, values: { is: object; other: object }): void {
  expect(from(template)).toEqual([]);
  expect(from(template, values.other)).toEqual([]);
  expect(from(template, values.is)).toHaveLength(1);
}

describe('network/api-cilium.yaml', () => {
  const template = 'network/api-cilium.yaml';
  const ingress = (more: object = {}, service: object = {}) =>
    only(template, { ...cilium(more), service })['spec'].ingress as Record<string, unknown>[];

  it('is there with cilium alone', () => {
    expectKinds(template, { is: cilium(), other: plain() });
  });

  it('lets the gateway, monitoring and kubelet in, each at its port', () => {
    expect(ingress()).toEqual([
      {
        fromEndpoints: [
          pods('traefik', 'app.kubernetes.io/name', 'traefik'),
          pods('monitoring', 'app.kubernetes.io/name', 'prometheus-blackbox-exporter'),
        ],
        toPorts: tcp('3000'),
      },
      { fromEntities: ['host'], toPorts: tcp('3000') },
      { fromEndpoints: [pods('monitoring', 'app.kubernetes.io/name', 'prometheus')], toPorts: tcp('9464') },
    ]);
  });

  it('knows a gateway in the network of its node by the node, and makes no rule for everybody of it', () => {
    expect(ingress({ gateway: { hostNetwork: true }, monitoring: { namespace: '' } })).toEqual([
      { fromEntities: ['host', 'remote-node'], toPorts: tcp('3000') },
    ]);
  });

  it('lets callers of the NodePort in where there is one', () => {
    const nodePort = { cidrs: ['192.0.2.0/24'], nodes: true };
    expect(ingress({ nodePort }, { type: 'NodePort' })).toContainEqual({
      fromCIDR: ['192.0.2.0/24'],
      toPorts: tcp('3000'),
    });
    expect(JSON.stringify(ingress({ nodePort }, { type: 'NodePort' }))).toContain('remote-node');
    expect(JSON.stringify(ingress({ nodePort }))).not.toMatch(/fromCIDR|remote-node/);
  });

  it('lets the API out to DNS, PostgreSQL and Redis, and to the API of Kubernetes where it changes keys [ASVS 13.2.4, 13.2.5]', () => {
    expect(only(template, cilium())['spec'].egress).toEqual([DNS, POSTGRES, REDIS]);
    const keys = { access: { enabled: true, fromApiPods: true } };
    expect(only(template, { ...cilium(), keys })['spec'].egress).toContainEqual({
      toEntities: ['kube-apiserver'],
      toPorts: tcp('443', '6443'),
    });
  });
});

describe('network/api.yaml', () => {
  const template = 'network/api.yaml';

  it('is there with kubernetes alone', () => {
    expectKinds(template, { is: plain(), other: cilium() });
  });

  it('lets the gateway, sisters and monitoring in', () => {
    const sisters = [{ namespace: 'shop', podLabels: { app: 'orders' } }];
    const { policyTypes, ingress } = only(template, plain({ sisters }))['spec'];
    expect(policyTypes).toEqual(['Ingress', 'Egress']);
    expect(ingress).toEqual([
      {
        from: [
          peer('traefik', { 'app.kubernetes.io/name': 'traefik' }),
          peer('shop', { app: 'orders' }),
          peer('monitoring', { 'app.kubernetes.io/name': 'prometheus-blackbox-exporter' }),
        ],
        ports: [{ protocol: 'TCP', port: 3000 }],
      },
      {
        from: [peer('monitoring', { 'app.kubernetes.io/name': 'prometheus' })],
        ports: [{ protocol: 'TCP', port: 9464 }],
      },
    ]);
  });

  it('never has a rule without peers, which would let everybody in', () => {
    const values = plain({ gateway: { hostNetwork: true, cidrs: ['192.0.2.1/32'] }, monitoring: { namespace: '' } });
    expect(only(template, values)['spec'].ingress).toEqual([
      { from: [{ ipBlock: { cidr: '192.0.2.1/32' } }], ports: [{ protocol: 'TCP', port: 3000 }] },
    ]);
  });

  it('lets the API out to DNS, its cache on the node included, PostgreSQL and Redis', () => {
    expect(only(template, plain())['spec'].egress).toEqual([PLAIN_DNS, to('postgres', 5432), to('redis', 6379)]);
    const cached = only(template, plain({ dns: { cidrs: ['169.254.20.10/32'] } }))['spec'].egress[0];
    expect(cached.to).toContainEqual({ ipBlock: { cidr: '169.254.20.10/32' } });
  });

  it('takes stores by addresses, and at other ports', () => {
    const postgres = { namespace: '', podLabels: null, cidrs: ['10.0.0.5/32', '10.0.0.6/32'], ports: [5432, 6432] };
    const { egress } = only(template, plain({ postgres: { ...postgres, podLabels: {} } }))['spec'];
    expect(egress[1]).toEqual({
      to: [{ ipBlock: { cidr: '10.0.0.5/32' } }, { ipBlock: { cidr: '10.0.0.6/32' } }],
      ports: [
        { protocol: 'TCP', port: 5432 },
        { protocol: 'TCP', port: 6432 },
      ],
    });
  });
});

describe('network/worker-cilium.yaml', () => {
  const template = 'network/worker-cilium.yaml';

  it('is there with cilium alone', () => {
    expectKinds(template, { is: cilium(), other: plain() });
  });

  it('lets Prometheus and the probes of kubelet in, at the management port', () => {
    expect(only(template, cilium())['spec'].ingress).toEqual([
      { fromEndpoints: [pods('monitoring', 'app.kubernetes.io/name', 'prometheus')], toPorts: tcp('9464') },
      { fromEntities: ['host'], toPorts: tcp('9464') },
    ]);
  });

  it('lets the worker out to the mail server and the SMS gateway by their names [ASVS 13.2.4, 13.2.5]', () => {
    const values = cilium({
      smtp: { fqdns: ['smtp.example.com'] },
      sms: { fqdns: ['*.sms.example.com'], ports: [8443] },
    });
    expect(only(template, values)['spec'].egress).toEqual([
      DNS,
      POSTGRES,
      REDIS,
      { toFQDNs: [{ matchName: 'smtp.example.com' }], toPorts: tcp('587') },
      { toFQDNs: [{ matchPattern: '*.sms.example.com' }], toPorts: tcp('8443') },
    ]);
  });
});

describe('network/worker.yaml', () => {
  const template = 'network/worker.yaml';

  it('is there with kubernetes alone', () => {
    expectKinds(template, { is: plain(), other: cilium() });
  });

  it('lets nobody in but Prometheus, and nobody at all without', () => {
    expect(only(template, plain())['spec'].ingress).toHaveLength(1);
    expect(only(template, plain({ monitoring: { namespace: '' } }))['spec'].ingress).toEqual([]);
  });

  it('lets the worker out to mail and SMS by their addresses', () => {
    const { egress } = only(template, plain({ smtp: { cidrs: ['198.51.100.0/24'] } }))['spec'];
    expect(egress).toHaveLength(4);
    expect(egress[3]).toEqual({
      to: [{ ipBlock: { cidr: '198.51.100.0/24' } }],
      ports: [{ protocol: 'TCP', port: 587 }],
    });
  });
});

describe('network/migrate-cilium.yaml', () => {
  const template = 'network/migrate-cilium.yaml';

  it('is there with cilium and the Job, before it, and lets it out to PostgreSQL alone', () => {
    expectKinds(template, { is: cilium(), other: { ...cilium(), migration: { mode: 'initContainer' } } });
    const { metadata, spec } = only(template, cilium());
    expect(metadata.annotations).toMatchObject({ 'helm.sh/hook-weight': '-10' });
    expect([spec.ingress, spec.egress]).toEqual([[{}], [DNS, POSTGRES]]);
  });
});

describe('network/migrate.yaml', () => {
  const template = 'network/migrate.yaml';

  it('is there with kubernetes and the Job, before it, and lets it out to PostgreSQL alone', () => {
    expectKinds(template, { is: plain(), other: { ...plain(), migration: { mode: 'none' } } });
    const { metadata, spec } = only(template, plain());
    expect(metadata.annotations).toMatchObject({ 'helm.sh/hook-weight': '-10' });
    expect([spec.ingress, spec.egress]).toEqual([[], [PLAIN_DNS, to('postgres', 5432)]]);
  });
});

describe('network/keys-cilium.yaml', () => {
  const template = 'network/keys-cilium.yaml';

  it('is there with cilium and the rotation, and lets it out to the API of Kubernetes alone', () => {
    expectKinds(template, { is: { ...cilium(), ...ROTATION }, other: { ...plain(), ...ROTATION } });
    expect(from(template, cilium())).toEqual([]);
    const { ingress, egress } = only(template, { ...cilium(), ...ROTATION })['spec'];
    expect(ingress).toEqual([{}]);
    expect(egress).toEqual([{ toEntities: ['kube-apiserver'], toPorts: tcp('443', '6443') }]);
  });
});

describe('network/keys.yaml', () => {
  const template = 'network/keys.yaml';

  it('is there with kubernetes and the rotation, and lets it out to the API of Kubernetes alone', () => {
    expectKinds(template, { is: { ...plain(), ...ROTATION }, other: { ...cilium(), ...ROTATION } });
    const { ingress, egress } = only(template, { ...plain(), ...ROTATION })['spec'];
    expect(ingress).toEqual([]);
    expect(egress).toMatchObject([{ to: [{ ipBlock: { cidr: '10.96.0.1/32' } }] }]);
  });
});
