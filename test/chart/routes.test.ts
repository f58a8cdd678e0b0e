import { describe, expect, it } from 'vitest';
import { EVERYTHING, MINIMAL } from './support/matrix.js';
import { renderedOf } from './support/renderings.js';
import { ownMiddlewares, type Route, routesOf } from './support/routes.js';

const KINDS = ['IngressRoute', 'HTTPRoute', 'Ingress'] as const;
type Kind = (typeof KINDS)[number];

/** An HTTPRoute takes middlewares from its own namespace alone. */
const own = (kind: Kind) => (kind === 'HTTPRoute' ? { extraMiddlewares: [] } : {});
const routes = (kind: Kind, routing: object = {}, release = EVERYTHING) =>
  routesOf(
    renderedOf({ ...release, values: { routing: { ...own(kind), ...routing, kind } } }).map(({ object }) => object),
  );

/**
 * What a request meets: of the routes that match, the one that is tried first, else the one of the longest path. Prefixes
 * end at a slash here; to Traefik's PathPrefix, `/auth` is also the begin of `/authors`, which nobody serves.
 */
function taken(all: Route[], path: string): Route | undefined {
  return all
    .filter((route) => (route.prefix ? path === route.path || path.startsWith(`${route.path}/`) : path === route.path))
    .toSorted((one, other) => (other.priority ?? 0) - (one.priority ?? 0) || other.path.length - one.path.length)[0];
}

const LIMITED = ['identity-headers', 'identity-rate-limit'];
const PLAIN = ['identity-headers'];
const KEYS = ['identity-headers', 'identity-retry'];

describe.each(KINDS)('%s', (kind) => {
  it.each([
    ['/v1/api/identity/auth/sign-in', 'identity', LIMITED],
    ['/v1/api/identity/auth', 'identity', LIMITED],
    ['/v1/api/identity/otp/request', 'identity', LIMITED],
    ['/v1/api/identity/users/me', 'identity', PLAIN],
    ['/v1/api/identity/healthz', 'identity', PLAIN],
    ['/v1/api/identity', 'identity', PLAIN],
    ['/jw-certs', 'identity-jwks', KEYS],
  ])('leads %s to %s by %j', (path, service, middlewares) => {
    const route = taken(routes(kind), path);
    expect(route).toMatchObject({ service, host: 'identity.example.com' });
    expect(ownMiddlewares(route?.middlewares ?? [])).toEqual(middlewares);
    expect(['http', 3000]).toContain(route?.port);
  });

  it.each(['/', '/v1/api', '/v1/api/identities', '/v2/api/identity', '/jw-certs/other', '/metrics', '/admin'])(
    'leads %s nowhere',
    (path) => {
      expect(taken(routes(kind), path)).toBeUndefined();
    },
  );

  it('takes any host where none is named', () => {
    const all = routes(kind, { httpRoute: { parentRefs: [{ name: 'gateway' }] } }, MINIMAL);
    expect(all).toHaveLength(4);
    expect(all.every(({ host }) => host === '')).toBe(true);
  });

  it('knows each of several hosts', () => {
    const all = routes(kind, { hosts: ['a.example.com', 'b.example.com'] });
    expect(all.filter(({ path }) => path === '/jw-certs').map(({ host }) => host)).toEqual([
      'a.example.com',
      'b.example.com',
    ]);
  });
});

describe('the three ways in', () => {
  const essence = (kind: Kind) =>
    routes(kind)
      .map(({ host, path, prefix, service, middlewares }) =>
        JSON.stringify({ host, path, prefix, service, middlewares: ownMiddlewares(middlewares) }),
      )
      .toSorted(); // prettier-ignore

  it('are one contract: the prefix, its two parts with a rate limit, and the path of the keys', () => {
    expect(essence('HTTPRoute')).toEqual(essence('IngressRoute'));
    expect(essence('Ingress')).toEqual(essence('IngressRoute'));
    const paths = routes('IngressRoute').map(({ path, prefix }) => `${prefix ? 'PathPrefix' : 'Path'}(${path})`);
    expect(paths).toEqual([
      'PathPrefix(/v1/api/identity/auth)',
      'PathPrefix(/v1/api/identity/otp)',
      'PathPrefix(/v1/api/identity)',
      'Path(/jw-certs)',
    ]);
  });

  it("have an operator's own middlewares on every route, where the kind knows them", () => {
    for (const kind of ['IngressRoute', 'Ingress'] as const) {
      expect(routes(kind).map(({ middlewares }) => middlewares.at(-1))).toEqual(Array(4).fill('traefik/allow-list'));
    }
  });
});
