import type { Manifest } from './helm.js';

/** One way in from the gateway, whatever kind of object says so. */
export interface Route {
  host: string;
  path: string;
  /** Whether all below the path is meant, too. */
  prefix: boolean;
  service: string;
  port: string | number;
  /** Names, in their order, with the namespace where it is another than the release's. */
  middlewares: string[];
  /** Which is tried first, where the gateway is told. */
  priority?: number;
}

interface Match {
  hosts: string[];
  paths: { path: string; prefix: boolean }[];
}

const ANY = [''];

/** Hosts and paths of a rule of Traefik, which is `(Host(…) || …) && (PathPrefix(…) || …)`. */
function matchOf(rule: string): Match {
  const found = [...rule.matchAll(/(?<matcher>Host|PathPrefix|Path)\(`(?<value>[^`]+)`\)/g)].map(({ groups }) => ({
    matcher: groups?.['matcher'],
    value: groups?.['value'] ?? '',
  }));
  const hosts = found.filter(({ matcher }) => matcher === 'Host').map(({ value }) => value);
  const paths = found
    .filter(({ matcher }) => matcher !== 'Host')
    .map(({ matcher, value }) => ({ path: value, prefix: matcher === 'PathPrefix' }));
  return { hosts: hosts.length > 0 ? hosts : ANY, paths };
}

const product = ({ hosts, paths }: Match, rest: Omit<Route, 'host' | 'path' | 'prefix'>): Route[] =>
  hosts.flatMap((host) => paths.map((path) => ({ host, ...path, ...rest })));

interface TraefikRoute {
  match: string;
  priority: number;
  middlewares?: { name: string; namespace?: string }[];
  services: { name: string; port: string }[];
}

const fromIngressRoute = (object: Manifest) =>
  (object['spec'].routes as TraefikRoute[]).flatMap(({ match, priority, middlewares = [], services: [service] }) =>
    product(matchOf(match), {
      service: service?.name ?? '',
      port: service?.port ?? '',
      middlewares: middlewares.map(({ name, namespace }) => (namespace ? `${namespace}/${name}` : name)),
      priority,
    }),
  );

interface GatewayRule {
  matches: { path: { type: string; value: string } }[];
  filters?: { extensionRef: { name: string } }[];
  backendRefs: { name: string; port: number }[];
}

const fromHttpRoute = (object: Manifest) =>
  (object['spec'].rules as GatewayRule[]).flatMap(({ matches, filters = [], backendRefs: [backend] }) =>
    product(
      {
        hosts: (object['spec'].hostnames ?? ANY) as string[],
        paths: matches.map(({ path }) => ({ path: path.value, prefix: path.type === 'PathPrefix' })),
      },
      {
        service: backend?.name ?? '',
        port: backend?.port ?? 0,
        middlewares: filters.map(({ extensionRef }) => extensionRef.name),
      },
    ),
  );

interface IngressRule {
  host?: string;
  http: { paths: { path: string; pathType: string; backend: { service: { name: string; port: { name: string } } } }[] };
}

const ANNOTATION = 'traefik.ingress.kubernetes.io/router';

function fromIngress({ metadata, ...object }: Manifest): Route[] {
  const { [`${ANNOTATION}.middlewares`]: middlewares = '', [`${ANNOTATION}.priority`]: priority } =
    metadata.annotations ?? {};
  const names = middlewares.split(',').map((name) => name.replace(/@kubernetescrd$/, ''));
  return (object['spec'].rules as IngressRule[]).flatMap(({ host = '', http }) =>
    http.paths.map(({ path, pathType, backend }) => ({
      host,
      path,
      prefix: pathType === 'Prefix',
      service: backend.service.name,
      port: backend.service.port.name,
      middlewares: names
        .filter(Boolean)
        .map((name) => (name.startsWith('seller-') ? name.slice('seller-'.length) : name.replace('-', '/'))),
      priority: Number(priority),
    })),
  );
}

/** The routes of a rendering, of whichever kind. */
export function routesOf(objects: Manifest[]): Route[] {
  return objects.flatMap((object) => {
    switch (object.kind) {
      case 'IngressRoute':
        return fromIngressRoute(object);
      case 'HTTPRoute':
        return fromHttpRoute(object);
      case 'Ingress':
        return fromIngress(object);
      default:
        return [];
    }
  });
}

/** Those of the release: an operator's own live where the operator says. */
export function ownMiddlewares(names: string[]): string[] {
  return names.filter((name) => /-(headers|rate-limit|retry)$/.test(name));
}
