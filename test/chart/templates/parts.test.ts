import { describe, expect, it } from 'vitest';
import { refusal } from '../support/helm.js';
import { MINIMAL } from '../support/matrix.js';
import { hookWeight } from '../policies/references.js';
import { from, nameOf, only, renderedOf, renderingOf, workloads } from '../support/renderings.js';

describe('_names.tpl', () => {
  const nameWith = (values: object, release = 'identity') =>
    renderedOf({ ...MINIMAL, values }, release).find(({ template }) => template === 'api/service.yaml')?.object;

  it.each([
    ['identity', {}, 'identity'],
    ['blue', {}, 'blue-identity'],
    ['identity-blue', {}, 'identity-blue'],
    ['identity', { nameOverride: 'accounts' }, 'identity-accounts'],
    ['identity', { fullnameOverride: 'accounts' }, 'accounts'],
  ])('the release %s with %j is %s', (release, values, name) => {
    expect(nameWith(values, release)?.metadata.name).toBe(name);
  });

  it('says the version in labels without what a label does not take, and never in a selector', () => {
    const { metadata, spec } = only('api/deployment.yaml', { image: { tag: `1.2.3-${'a'.repeat(56)}.x` } });
    expect(metadata.labels?.['app.kubernetes.io/version']).toMatch(/^1\.2\.3-a+$/);
    expect(Object.keys(spec.selector.matchLabels as object)).toHaveLength(3);
  });
});

describe('_settings.tpl', () => {
  it('writes large numbers as they were given', () => {
    const { env } = only('api/deployment.yaml', { settings: { SESSION_ABSOLUTE_TTL_SECONDS: 7_776_000 } })['spec']
      .template.spec.containers[0];
    expect(env).toContainEqual({ name: 'SESSION_ABSOLUTE_TTL_SECONDS', value: '7776000' });
  });

  it("takes an operator's own variables, with their values or from a Secret", () => {
    const extraEnv = [
      { name: 'EXTRA_VALUE', value: 'identity' },
      { name: 'EXTRA_TOKEN', valueFrom: { secretKeyRef: { name: 'extra', key: 'token' } } },
    ];
    for (const { component, containers } of workloads(renderingOf('extra', { ...MINIMAL, values: { extraEnv } }))) {
      const found = containers[0]?.env?.filter(({ name }) => name.startsWith('EXTRA_'));
      expect([component, found]).toEqual([component, component === 'migrate' ? [] : extraEnv]);
    }
  });
});

describe('_pod.tpl', () => {
  it('reads Secrets that exist, by their own names and keys', () => {
    const secrets = {
      connections: { existingSecret: 'urls', databaseUrlKey: 'pg', redisUrlKey: 'redis' },
      material: { existingSecret: 'files', refreshTokenKey: 'a', otpPepperKey: 'b', configurationKey: 'c' },
      keys: { existingSecret: 'ring' },
    };
    const { containers, volumes } = only('api/deployment.yaml', { secrets })['spec'].template.spec;
    expect(containers[0].env).toContainEqual({
      name: 'REDIS_URL',
      valueFrom: { secretKeyRef: { name: 'urls', key: 'redis' } },
    });
    expect(volumes).toEqual([
      {
        name: 'material',
        secret: {
          secretName: 'files',
          defaultMode: 0o440,
          items: [
            { key: 'a', path: 'refresh-token.key' },
            { key: 'b', path: 'otp.pepper' },
            { key: 'c', path: 'configuration.key' },
          ],
        },
      },
      { name: 'keys', secret: { secretName: 'ring', defaultMode: 0o440 } },
    ]);
  });
});

describe('where Redis is', () => {
  const REDIS = /^REDIS_/;
  const variables = (values: object) =>
    only('api/deployment.yaml', values)['spec'].template.spec.containers[0].env.filter(({ name }: { name: string }) =>
      REDIS.test(name),
    );
  const secret = (name: string, key: string) => ({
    name,
    valueFrom: { secretKeyRef: { name: 'identity-connections', key } },
  });

  it.each([
    ['one server', {}, {}, [secret('REDIS_URL', 'REDIS_URL')]],
    [
      'sentinels that let everybody in',
      { REDIS_SENTINELS: 'a:26379', REDIS_SENTINEL_NAME: 'identity' },
      {},
      [
        { name: 'REDIS_SENTINELS', value: 'a:26379' },
        { name: 'REDIS_SENTINEL_NAME', value: 'identity' },
      ],
    ],
    [
      'sentinels with a password',
      { REDIS_SENTINEL_NAME: 'identity' },
      { redisSentinelsKey: 's' },
      [{ name: 'REDIS_SENTINEL_NAME', value: 'identity' }, secret('REDIS_SENTINELS', 's')],
    ],
    [
      'sentinels, and servers with another one',
      {},
      { redisSentinelsKey: 's', redisSentinelNameKey: 'name' },
      [secret('REDIS_SENTINELS', 's'), secret('REDIS_SENTINEL_NAME', 'name')],
    ],
    ['a Cluster', {}, { redisClusterNodesKey: 'c' }, [secret('REDIS_CLUSTER_NODES', 'c')]],
  ])('is said of %s', (_what, settings, connections, expected) => {
    const values = { settings, secrets: { connections } };
    const found = variables(values);
    expect(found).toHaveLength(expected.length);
    expect(found).toEqual(expect.arrayContaining(expected));
  });

  it('is fetched by External Secrets under the same keys', () => {
    const [connections] = from('secrets/external-secrets.yaml', {
      externalSecrets: { enabled: true, store: { name: 'vault' } },
      secrets: { connections: { redisSentinelsKey: 's', redisSentinelNameKey: 'name' } },
    });
    expect(connections?.['spec'].data.map(({ secretKey }: { secretKey: string }) => secretKey)).toEqual([
      'DATABASE_URL',
      's',
      'name',
    ]);
  });
});

describe('_hooks.tpl', () => {
  it('has Argo CD wait for policies and Secrets before pods, and Helm know its own order', () => {
    const wave = (template: string, hooks: string) =>
      from(template, {
        migration: { hooks },
        networkPolicy: { kind: 'cilium', postgres: { namespace: 'a' }, redis: { namespace: 'a' } },
      })[0]?.metadata.annotations?.['argocd.argoproj.io/sync-wave'];
    expect(wave('network/api-cilium.yaml', 'argocd')).toBe('-5');
    expect(wave('api/deployment.yaml', 'argocd')).toBe('0');
    expect(wave('network/api-cilium.yaml', 'helm')).toBeUndefined();
  });

  it.each(['helm', 'argocd'])('brings policy and Secret of the migration before its Job: %s', (hooks) => {
    const values = {
      migration: { hooks },
      externalSecrets: { enabled: true, store: { name: 'vault' } },
      networkPolicy: { kind: 'cilium', postgres: { namespace: 'a' }, redis: { namespace: 'a' } },
    };
    const { objects } = renderingOf('hooks', { ...MINIMAL, values });
    const weights = objects
      .map((object) => [nameOf(object), hookWeight(object)])
      .filter(([, weight]) => weight !== undefined);
    expect(Object.fromEntries(weights)).toEqual({
      'ExternalSecret identity-migrate': -20,
      'CiliumNetworkPolicy identity-migrate': -10,
      'Job identity-migrate': 0,
    });
  });
});

describe('_routing.tpl', () => {
  it("has an operator's own middlewares after ours", () => {
    const routing = { kind: 'IngressRoute', extraMiddlewares: [{ name: 'allow-list', namespace: 'traefik' }] };
    const [limited] = only('routing/ingress-route.yaml', { routing })['spec'].routes;
    expect(limited.middlewares).toEqual([
      { name: 'identity-headers' },
      { name: 'identity-rate-limit' },
      { name: 'allow-list', namespace: 'traefik' },
    ]);
  });
});

describe('_network.tpl', () => {
  it('looks for pods of its own namespace where none is said', () => {
    const here = { podLabels: { app: 'postgres' } };
    const policy = { postgres: here, redis: here };
    const [, plain] = only('network/api.yaml', { networkPolicy: { kind: 'kubernetes', ...policy } })['spec'].egress;
    expect(plain.to).toEqual([{ podSelector: { matchLabels: { app: 'postgres' } } }]);
    const [, cilium] = only('network/api-cilium.yaml', { networkPolicy: { kind: 'cilium', ...policy } })['spec'].egress;
    expect(cilium.toEndpoints[0].matchLabels).toEqual({
      'k8s:io.kubernetes.pod.namespace': 'seller',
      'k8s:app': 'postgres',
    });
  });
});

describe('_external-secrets.tpl', () => {
  it('leaves a Secret to the pods that have it when its object goes', () => {
    const externalSecrets = { enabled: true, store: { name: 'vault' } };
    const targets = renderingOf('all', { ...MINIMAL, values: { externalSecrets } }).objects.flatMap((object) =>
      object.kind === 'ExternalSecret' ? [object['spec'].target.deletionPolicy] : [],
    );
    expect(targets).toEqual(['Retain', 'Retain', 'Retain']);
  });
});

describe('_validate.tpl', () => {
  // What it refuses is in values.test.ts, case by case.
  it('lets what is just enough pass, and not a second less', () => {
    const grace = (terminationGracePeriodSeconds: number) =>
      refusal({ ...MINIMAL, values: { api: { preStopSeconds: 10, terminationGracePeriodSeconds } } });
    expect(grace(31)).toBeUndefined();
    expect(grace(30)).toContain('must be more than 30');
  });
});
