import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { projectRoot } from '@platform/testing';
import { MINIMAL } from './support/matrix.js';
import { from, only, valuesOf } from './support/renderings.js';

/** Variables of compose as they are when nobody sets them: `${NAME:-default}`. */
const text = readFileSync(join(projectRoot(), 'docker/compose.yaml'), 'utf8').replace(/\$\{\w+:-([^}]*)\}/g, '$1');
const { gateway, api } = (
  parse(text, { merge: true }) as {
    services: Record<'gateway' | 'api', { labels: string[]; environment: Record<string, string>; ports: string[] }>;
  }
).services;

/** What Traefik is told by labels that begin so, by the rest of their names. */
const labelled = (prefix: string) =>
  Object.fromEntries(
    api.labels
      .filter((label) => label.startsWith(`traefik.http.${prefix}.`))
      .map((label) => label.slice(`traefik.http.${prefix}.`.length))
      .map((label) => [label.split('=', 1)[0] ?? '', label.slice(label.indexOf('=') + 1)]),
  );

/** The same of the chart, behind as many proxies as stand before compose's API. */
const behind = { settings: { TRUSTED_PROXY_HOPS: Number(api.environment['TRUSTED_PROXY_HOPS']) } };
const release = { ...behind, routing: { kind: 'IngressRoute' } };
const routes = only('routing/ingress-route.yaml', release)['spec'].routes as { match: string; priority: number }[];
const middleware = (name: string) =>
  from('routing/middlewares.yaml', release).find(({ metadata }) => metadata.name === `identity-${name}`)?.['spec'];

/** Names and values as labels have them: `sourceCriterion.ipStrategy.depth` is `sourcecriterion.ipstrategy.depth`. */
function asLabels(object: object, prefix = ''): Record<string, string> {
  return Object.fromEntries(
    Object.entries(object).flatMap(([name, value]): [string, string][] =>
      typeof value === 'object'
        ? Object.entries(asLabels(value as object, `${prefix}${name}.`.toLowerCase()))
        : [[`${prefix}${name}`.toLowerCase(), String(value)]],
    ),
  );
}

it('chart and compose file lead the same paths to the service, and try those with a rate limit first', () => {
  const [limited, ...others] = routes;
  const [narrow, wide] = [labelled('routers.identity-limited'), labelled('routers.identity')];
  expect(narrow['rule']).toBe(limited?.match);
  expect(wide['rule']).toBe(others.map(({ match }) => match).join(' || '));
  // A router without a priority has the length of its rule.
  expect(Number(narrow['priority'])).toBeGreaterThan(wide['rule']?.length ?? Infinity);
  for (const { priority } of others) expect(limited?.priority).toBeGreaterThan(priority);
  expect(gateway.labels).toContain(`traefik.http.routers.identity-away.rule=${wide['rule']}`);
});

it('they allow a client the same, and count clients by the same address', () => {
  expect(labelled('middlewares.identity-rate.ratelimit')).toEqual(asLabels(middleware('rate-limit').rateLimit));
});

it('they say the same to browsers; a gateway without TLS of its own speaks of HSTS where asked to', () => {
  const { customResponseHeaders: unnamed, ...headers } = middleware('headers').headers;
  const { stsseconds, stsincludesubdomains, forcestsheader, ...ofLabels } = labelled(
    'middlewares.identity-headers.headers',
  );
  expect(ofLabels).toEqual(asLabels(headers));
  expect(unnamed).toEqual({ Server: '', 'X-Powered-By': '' });
  expect([stsseconds, stsincludesubdomains, forcestsheader]).toEqual(['31536000', 'true', 'true']);
});

it('they reach the service at its port, and are reached at the port of the contract', () => {
  expect(labelled('services.identity')).toEqual({ 'loadbalancer.server.port': api.environment['PORT'] });
  const node = { service: { type: 'NodePort' } };
  const [http] = only('api/service.yaml', node)['spec'].ports as { nodePort: number }[];
  expect(gateway.ports).toEqual([`127.0.0.1:${http?.nodePort}:8000`]);
  expect(valuesOf(MINIMAL)['service'].nodePort).toBe(31_010);
  const pod = only('api/deployment.yaml')['spec'].template.spec.containers[0];
  expect(pod.ports).toContainEqual(
    expect.objectContaining({ name: 'http', containerPort: Number(api.environment['PORT']) }),
  );
});
