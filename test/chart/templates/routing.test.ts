import { describe, expect, it } from 'vitest';
import type { Manifest } from '../support/helm.js';
import { from, only } from '../support/renderings.js';

const by = (kind: string, routing: object = {}, more: object = {}) => ({ routing: { kind, ...routing }, ...more });
const GATEWAY = { httpRoute: { parentRefs: [{ name: 'gateway', sectionName: 'websecure' }] } };
const named = (objects: Manifest[], name: string) => objects.find(({ metadata }) => metadata.name === name);

describe('routing/ingress-route.yaml', () => {
  const route = (routing: object = {}) => only('routing/ingress-route.yaml', by('IngressRoute', routing))['spec'];

  it('is there with IngressRoute alone', () => {
    expect(from('routing/ingress-route.yaml')).toEqual([]);
    expect(from('routing/ingress-route.yaml', by('Ingress'))).toEqual([]);
  });

  it('tries the rate limited paths first', () => {
    const routes = route()['routes'] as { match: string; priority: number }[];
    expect(routes.map(({ match, priority }) => [match, priority])).toEqual([
      ['PathPrefix(`/v1/api/identity/auth`) || PathPrefix(`/v1/api/identity/otp`)', 1100],
      ['PathPrefix(`/v1/api/identity`)', 1000],
      ['Path(`/jw-certs`)', 1000],
    ]);
    expect(route({ priority: 5 })['routes'].map(({ priority }: { priority: number }) => priority)).toEqual([105, 5, 5]);
  });

  it('takes hosts and paths together', () => {
    expect(route({ hosts: ['a.example.com', 'b.example.com'] })['routes'][2].match).toBe(
      '(Host(`a.example.com`) || Host(`b.example.com`)) && (Path(`/jw-certs`))',
    );
  });

  it('ends TLS only where asked to: by a Secret, by a resolver, or with the default certificate', () => {
    expect(route()).not.toHaveProperty('tls');
    expect(route({ tls: { enabled: true } })['tls']).toEqual({});
    expect(route({ tls: { enabled: true, secretName: 'cert' } })['tls']).toEqual({ secretName: 'cert' });
    expect(route({ tls: { enabled: true, certResolver: 'acme' } })['tls']).toEqual({ certResolver: 'acme' });
  });

  it('has no middleware that is switched off', () => {
    const off = route({ headers: { enabled: false }, rateLimit: { enabled: false }, entryPoints: ['websecure'] });
    expect(off['entryPoints']).toEqual(['websecure']);
    expect(off['routes'].map((one: object) => 'middlewares' in one)).toEqual([false, false, true]);
  });
});

describe('routing/http-route.yaml', () => {
  const route = (routing: object = {}) =>
    only('routing/http-route.yaml', by('HTTPRoute', { ...GATEWAY, ...routing }))['spec'];

  it('is there with HTTPRoute alone, belongs to its gateways, and answers to any host or to some', () => {
    expect(from('routing/http-route.yaml')).toEqual([]);
    expect(route()['parentRefs']).toEqual(GATEWAY.httpRoute.parentRefs);
    expect(route()).not.toHaveProperty('hostnames');
    expect(route({ hosts: ['a.example.com'] })['hostnames']).toEqual(['a.example.com']);
  });

  it('takes the paths in the order of their length, that of the keys to the letter', () => {
    const matches = route()['rules'].map(({ matches: all }: { matches: { path: object }[] }) =>
      all.map(({ path }) => path),
    );
    expect(matches).toEqual([
      [
        { type: 'PathPrefix', value: '/v1/api/identity/auth' },
        { type: 'PathPrefix', value: '/v1/api/identity/otp' },
      ],
      [{ type: 'PathPrefix', value: '/v1/api/identity' }],
      [{ type: 'Exact', value: '/jw-certs' }],
    ]);
  });

  it('has filters of Traefik, and none for other implementations', () => {
    expect(route()['rules'][0].filters).toEqual(
      ['identity-headers', 'identity-rate-limit'].map((name) => ({
        type: 'ExtensionRef',
        extensionRef: { group: 'traefik.io', kind: 'Middleware', name },
      })),
    );
    const other = by('HTTPRoute', { httpRoute: { ...GATEWAY.httpRoute, traefikMiddlewares: false } });
    expect(JSON.stringify(only('routing/http-route.yaml', other))).not.toContain('traefik');
    expect(from('routing/middlewares.yaml', other)).toEqual([]);
  });
});

describe('routing/ingress.yaml', () => {
  const ingresses = (routing: object = {}) => from('routing/ingress.yaml', by('Ingress', routing));

  it('is there with Ingress alone, one for each set of middlewares', () => {
    expect(from('routing/ingress.yaml')).toEqual([]);
    expect(ingresses().map(({ metadata }) => metadata.name)).toEqual(['identity-limited', 'identity', 'identity-jwks']);
  });

  it("tells Traefik by annotations, beside the operator's own", () => {
    const limited = named(
      ingresses({ ingress: { className: 'edge', annotations: { note: 'x' } } }),
      'identity-limited',
    );
    expect(limited?.['spec'].ingressClassName).toBe('edge');
    expect(limited?.metadata.annotations).toEqual({
      'traefik.ingress.kubernetes.io/router.entrypoints': 'web',
      'traefik.ingress.kubernetes.io/router.priority': '1100',
      'traefik.ingress.kubernetes.io/router.middlewares':
        'seller-identity-headers@kubernetescrd,seller-identity-rate-limit@kubernetescrd',
      note: 'x',
    });
  });

  it('ends TLS only where asked to', () => {
    expect(JSON.stringify(ingresses())).not.toContain('tls');
    const [first] = ingresses({ hosts: ['a.example.com'], tls: { enabled: true, secretName: 'cert' } });
    expect(first?.['spec'].tls).toEqual([{ secretName: 'cert', hosts: ['a.example.com'] }]);
    const [resolved] = ingresses({ tls: { enabled: true, certResolver: 'acme' } });
    expect(resolved?.metadata.annotations).toMatchObject({
      'traefik.ingress.kubernetes.io/router.tls': 'true',
      'traefik.ingress.kubernetes.io/router.tls.certresolver': 'acme',
    });
  });
});

describe('routing/middlewares.yaml', () => {
  const made = (routing: object = {}, more: object = {}) =>
    from('routing/middlewares.yaml', by('IngressRoute', routing, more));
  const limit = (hops: number, ipDepth: number | '' = '') =>
    named(made({ rateLimit: { ipDepth } }, { settings: { TRUSTED_PROXY_HOPS: hops } }), 'identity-rate-limit')?.['spec']
      .rateLimit.sourceCriterion.ipStrategy;

  it('is there where Traefik routes', () => {
    expect(from('routing/middlewares.yaml')).toEqual([]);
    const names = ['identity-rate-limit', 'identity-headers', 'identity-retry'];
    expect(made().map(({ metadata }) => metadata.name)).toEqual(names);
    expect(from('routing/middlewares.yaml', by('HTTPRoute', GATEWAY))).toHaveLength(3);
  });

  it('counts by the address that the outermost of our proxies saw', () => {
    expect(limit(0)).toEqual({ ipv6Subnet: 64 });
    expect(limit(1)).toEqual({ ipv6Subnet: 64 });
    expect(limit(2)).toEqual({ ipv6Subnet: 64, depth: 1 });
    expect(limit(3)).toEqual({ ipv6Subnet: 64, depth: 2 });
    expect(limit(3, 1)).toEqual({ ipv6Subnet: 64, depth: 1 });
    expect(limit(3, 0)).toEqual({ ipv6Subnet: 64 });
  });

  it('limits as values say, or not at all', () => {
    const values = { average: 5, burst: 9, period: '1m' };
    expect(named(made({ rateLimit: values }), 'identity-rate-limit')?.['spec']).toMatchObject({ rateLimit: values });
    expect(named(made({ rateLimit: { enabled: false } }), 'identity-rate-limit')).toBeUndefined();
  });

  it('has headers for browsers, and HSTS besides that of the service where asked to', () => {
    const headers = (of: object) => named(made({ headers: of }), 'identity-headers')?.['spec'].headers;
    expect(headers({})).toMatchObject({ contentTypeNosniff: true, referrerPolicy: 'no-referrer' });
    expect(headers({})).not.toHaveProperty('stsSeconds');
    // The service's own X-Frame-Options would be replaced.
    expect(headers({})).not.toHaveProperty('frameDeny');
    const year = { hstsSeconds: 31_536_000 };
    expect(headers(year)).toMatchObject({ stsSeconds: 31_536_000, forceSTSHeader: false });
    expect(headers({ ...year, forceHsts: true })).toMatchObject({ forceSTSHeader: true });
    expect(headers({ enabled: false })).toBeUndefined();
  });

  it('tries the keys again, whose Service lists pods that are gone', () => {
    expect(named(made(), 'identity-retry')?.['spec']).toEqual({ retry: { attempts: 3, initialInterval: '50ms' } });
  });
});
