import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHART, type Manifest, parse, run } from '../support/helm.js';
import { from, only } from '../support/renderings.js';

const RUNBOOK = 'https://git.example.com/identity/runbook.md';
const RULES = `groups:
  - name: identity
    rules:
      - alert: IdentityPlanted
        expr: up{job="identity"} == 0
        annotations:
          description: '{{ $labels.instance }} of {{ $value | humanize }}'
          runbook_url: https://runbook.invalid/docs/runbook.md#identityplanted
`;
const DASHBOARD = '{ "title": "Planted", "expr": "{{ route }}" }\n';

/** The chart with one file of rules and one dashboard, whatever it has itself. */
let chart: string;

beforeAll(() => {
  chart = join(mkdtempSync(join(tmpdir(), 'nx-identity-chart-')), 'identity');
  cpSync(CHART, chart, { recursive: true });
  rmSync(join(chart, 'files'), { recursive: true, force: true });
  for (const folder of ['alerts', 'dashboards']) mkdirSync(join(chart, 'files', folder), { recursive: true });
  writeFileSync(join(chart, 'files/alerts/planted.rules.yaml'), RULES);
  writeFileSync(join(chart, 'files/dashboards/planted.json'), DASHBOARD);
});

afterAll(() => {
  rmSync(join(chart, '..'), { recursive: true, force: true });
});

function planted(kind: string, ...set: string[]): Manifest[] {
  const values = join(chart, 'ci/minimal-values.yaml');
  const sets = set.flatMap((one) => ['--set', one]);
  const { stdout, stderr } = run('helm', ['template', 'identity', chart, '-n', 'seller', '-f', values, ...sets]);
  expect(stderr).toBe('');
  return parse(stdout).filter((object) => object.kind === kind);
}

describe('monitoring/prometheus-rule.yaml', () => {
  it('is off unless asked for', () => {
    expect(planted('PrometheusRule')).toEqual([]);
  });

  it('holds the rules as they are, templates of Prometheus included, with the runbook where it is', () => {
    const on = [
      'monitoring.rules.enabled=true',
      `monitoring.rules.runbookUrl=${RUNBOOK}`,
      'monitoring.labels.release=p',
    ];
    const [rule, ...others] = planted('PrometheusRule', ...on);
    expect(others).toEqual([]);
    expect(rule?.metadata.labels).toMatchObject({ release: 'p' });
    expect(rule?.['spec'].groups[0].rules[0]).toEqual({
      alert: 'IdentityPlanted',
      expr: 'up{job="identity"} == 0',
      annotations: {
        description: '{{ $labels.instance }} of {{ $value | humanize }}',
        runbook_url: `${RUNBOOK}#identityplanted`,
      },
    });
  });
});

describe('monitoring/dashboards.yaml', () => {
  it('is off unless asked for', () => {
    expect(planted('ConfigMap')).toEqual([]);
  });

  it('holds each dashboard as it is, where the sidecar of Grafana looks', () => {
    const [map] = planted('ConfigMap', 'monitoring.dashboards.enabled=true');
    expect(map?.metadata.name).toBe('identity-dashboard-planted');
    expect(map?.metadata.labels).toMatchObject({ grafana_dashboard: '1' });
    expect(map?.['data']).toEqual({ 'identity-planted.json': DASHBOARD });
  });

  it('has labels and annotations of values', () => {
    const on = ['enabled=true', 'labels.folder=x', 'annotations.grafana_folder=Identity'];
    const [map] = planted('ConfigMap', ...on.map((one) => `monitoring.dashboards.${one}`));
    expect(map?.metadata.labels).toMatchObject({ folder: 'x' });
    expect(map?.metadata.annotations).toEqual({ grafana_folder: 'Identity' });
  });
});

const MONITORED = { monitoring: { serviceMonitor: { enabled: true } } };

describe('monitoring/service-monitor.yaml', () => {
  const monitor = (more: object = {}) =>
    only('monitoring/service-monitor.yaml', { monitoring: { ...MONITORED.monitoring, ...more } });

  it('is off unless asked for', () => {
    expect(from('monitoring/service-monitor.yaml')).toEqual([]);
  });

  it('scrapes what the Services list, at the management port, under one job', () => {
    expect(monitor()['spec']).toMatchObject({
      jobLabel: 'app.kubernetes.io/part-of',
      targetLabels: ['app.kubernetes.io/component'],
      namespaceSelector: { matchNames: ['seller'] },
      endpoints: [{ port: 'management', path: '/metrics', interval: '30s' }],
    });
    const [{ metadata }] = from('monitoring/services.yaml', MONITORED) as [Manifest];
    expect(metadata.labels).toMatchObject({
      ...(monitor()['spec'].selector.matchLabels as object),
      'app.kubernetes.io/part-of': 'identity',
    });
  });

  it('is found by the labels that Prometheus looks for', () => {
    expect(monitor({ labels: { release: 'prometheus' } }).metadata.labels).toMatchObject({ release: 'prometheus' });
  });
});

describe('monitoring/services.yaml', () => {
  it('is off unless asked for', () => {
    expect(from('monitoring/services.yaml')).toEqual([]);
  });

  it('lists the pods of API and worker, those that are not ready as well, and has no address', () => {
    const services = from('monitoring/services.yaml', MONITORED);
    expect(services.map(({ metadata }) => metadata.name)).toEqual(['identity-api-metrics', 'identity-worker-metrics']);
    for (const { spec } of services)
      expect(spec).toMatchObject({
        clusterIP: 'None',
        publishNotReadyAddresses: true,
        ports: [{ name: 'management', port: 9464, targetPort: 'management' }],
      });
  });
});

describe('monitoring/jwks-probe.yaml', () => {
  const probe = (more: object = {}) =>
    only('monitoring/jwks-probe.yaml', { monitoring: { jwksProbe: { enabled: true, ...more } } })['spec'];
  const OWN = 'http://identity-jwks.seller.svc:3000/jw-certs';

  it('is off unless asked for', () => {
    expect(from('monitoring/jwks-probe.yaml')).toEqual([]);
  });

  it('fetches the keys each minute, by the Service that lists pods which are not ready', () => {
    expect(probe()).toMatchObject({
      jobName: 'identity-jwks',
      interval: '60s',
      module: 'http_2xx',
      prober: { url: 'prometheus-blackbox-exporter.monitoring:9115' },
      // The alert tells releases apart by the namespace.
      targets: { staticConfig: { static: [OWN], labels: { namespace: 'seller' } } },
    });
  });

  it('fetches them as the world sees them, too', () => {
    const targets = ['https://identity.example.com/jw-certs'];
    expect(probe({ targets })['targets'].staticConfig.static).toEqual([OWN, ...targets]);
  });
});
