import { describe, expect, it } from 'vitest';
import { refusal } from './support/helm.js';
import { EVERYTHING, MINIMAL } from './support/matrix.js';

/** The minimal release with one value more, given by its path: `at('api.replicas', 2)`. */
function at(path: string, value: unknown): object {
  return path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as object;
}
const refused = (values: object, files = MINIMAL.files) => refusal({ files, values });

describe('the schema refuses what is misspelt', () => {
  it.each([
    'apis.replicas',
    'api.replica',
    'api.autoscaling.enable',
    'api.probes.readiness.periodSecond',
    'api.resources.limit',
    'worker.keda.waitingJobs.letters',
    'settings.ACCESS_TOKEN_TTL',
    'secrets.connections.existingSecretName',
    'externalSecrets.store.namespace',
    'migration.hook',
    'routing.rateLimit.averages',
    'networkPolicy.postgres.port',
    'monitoring.rules.runbook',
  ])('%s', (path) => {
    const name = path.split('.').at(-1) ?? '';
    expect(refused(at(path, 1))).toContain('additional properties');
    expect(refused(at(path, 1))).toContain(path.startsWith('apis') ? "'apis'" : `'${name}'`);
  });
});

describe('the schema refuses what the service would not begin with', () => {
  it.each([
    ['image.tag', 'latest'],
    ['image.repository', 'registry.example.com/identity:1.2.3'],
    ['image.digest', 'sha256:1234'],
    ['settings.ACCESS_TOKEN_TTL_SECONDS', 901],
    ['settings.SESSION_IDLE_TTL_SECONDS', '1209600'],
    ['settings.OTP_MAX_ATTEMPTS', 6],
    ['settings.OTP_LOCK_SECONDS__PHONE_AUTH', 600],
    ['settings.SNOWFLAKE_WORKER_ID', 512],
    ['settings.TRUSTED_PROXY_HOPS', 11],
    ['settings.LOG_LEVEL', 'verbose'],
    ['settings.REDIS_SENTINELS', 'redis://:secret@redis:26379'],
    ['settings.REDIS_SENTINEL_NAME', 'redis://:secret@identity'],
    ['service.type', 'LoadBalancer'],
    ['networkPolicy.kind', 'calico'],
  ])('%s: %s', (path, value) => {
    expect(refused(at(path, value))).toContain(`'/${path.replaceAll('.', '/')}'`);
  });

  it('a value that was taken away with null', () => {
    expect(refused(at('api.replicas', null))).toContain("missing property 'replicas'");
  });
});

describe('the chart refuses values that do not fit together', () => {
  const plain = { networkPolicy: { kind: 'kubernetes', postgres: at('cidrs', ['10.0.0.1/32']) } };
  it.each<[string, object, string]>([
    ['no issuer', at('settings.JWT_ISSUER', ''), 'settings.JWT_ISSUER: is required'],
    ['a fixed number in ids for two pods', at('settings.SNOWFLAKE_WORKER_ID', 1), 'pods make the same ids'],
    [
      'a fixed number in ids for as many pods as it takes',
      { settings: { SNOWFLAKE_WORKER_ID: 1 }, api: { replicas: 1, autoscaling: { enabled: true } } },
      'api.autoscaling needs auto',
    ],
    ['a grace that ends before the drain', at('api.terminationGracePeriodSeconds', 30), 'must be more than 30'],
    ['a worker killed while jobs end', at('worker.terminationGracePeriodSeconds', 20), 'must be more than 20'],
    ['both ways to Redis', { settings: { REDIS_SENTINELS: 'a:1', REDIS_CLUSTER_NODES: 'b:2' } }, 'set one of them'],
    [
      'a Cluster by both its ways',
      { settings: { REDIS_CLUSTER_NODES: 'b:2' }, secrets: { connections: { redisClusterNodesKey: 'c' } } },
      'set one of them',
    ],
    [
      'sentinels of nobody, by a Secret',
      at('secrets.connections.redisSentinelsKey', 's'),
      'is required with sentinels',
    ],
    ['sentinels of nobody', at('settings.REDIS_SENTINELS', 'a:1'), 'is required with sentinels'],
    ['KEDA without Prometheus', at('worker.keda.enabled', true), 'prometheusAddress: is required'],
    ['External Secrets without a store', at('externalSecrets.enabled', true), 'store.name: is required'],
    [
      'keys that two write',
      {
        externalSecrets: { enabled: true, store: { name: 'a' }, keys: { remoteKey: 'k' } },
        keys: at('access.enabled', true),
      },
      'would undo',
    ],
    ['an HTTPRoute to nowhere', at('routing.kind', 'HTTPRoute'), 'parentRefs: is required'],
    [
      'a middleware that an HTTPRoute cannot name',
      { routing: { kind: 'HTTPRoute', extraMiddlewares: [{ name: 'a', namespace: 'b' }] } },
      'own namespace alone',
    ],
    ['alerts without a runbook', at('monitoring.rules.enabled', true), 'runbookUrl: is required'],
    ['a policy that shuts Redis out', plain, 'networkPolicy.redis'],
    ['a setting twice', at('extraEnv', [{ name: 'LOG_LEVEL', value: 'debug' }]), 'LOG_LEVEL is set by the chart'],
    [
      'headers that the service refuses',
      at('extraEnv', [{ name: 'OTEL_EXPORTER_OTLP_HEADERS', valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } }]),
      'the service does not begin with OTEL_EXPORTER_OTLP_HEADERS',
    ],
    [
      'traces that the policy keeps in',
      {
        settings: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' },
        networkPolicy: { kind: 'cilium', postgres: { namespace: 'a' }, redis: { namespace: 'b' } },
      },
      'networkPolicy.telemetry',
    ],
    ['a secret in plain', at('extraEnv', [{ name: 'SMTP_PASSWORD', value: 'x' }]), 'valueFrom.secretKeyRef'],
  ])('%s', (_case, values, wants) => {
    expect(refused(values)).toContain(wants);
  });

  it('names in a plain NetworkPolicy', () => {
    const values = at('networkPolicy.kind', 'kubernetes');
    expect(refused(values, EVERYTHING.files)).toContain(
      'networkPolicy.sms.fqdns: a plain NetworkPolicy knows no names',
    );
  });

  it('and tells all faults at once', () => {
    const text = refused({ settings: { JWT_ISSUER: '', JWT_AUDIENCE: '' } });
    expect(text).toContain('JWT_ISSUER');
    expect(text).toContain('JWT_AUDIENCE');
  });
});
