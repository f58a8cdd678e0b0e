import type { Release } from './helm.js';

/** The least that can be installed. */
export const MINIMAL: Release = { files: ['ci/minimal-values.yaml'] };
/** Every switch on. */
export const EVERYTHING: Release = { files: ['values-production.yaml', 'ci/everything-values.yaml'] };

const image = { repository: 'registry.example.com/nx-seller-identity', tag: '1.2.3' };
/** Everything with other values on top. */
const everything = (values: object, ...files: string[]): Release => ({
  files: [...EVERYTHING.files, ...files],
  values,
});

/** The releases that have to render, pass lint and be what Kubernetes knows, by name. */
export const MATRIX: Record<string, Release> = {
  minimal: MINIMAL,
  development: { files: ['values-dev.yaml'], values: { image } },
  staging: { files: ['values-staging.yaml'], values: { image } },
  production: { files: ['values-production.yaml'], values: { image } },
  'production by Argo CD': { files: ['values-production.yaml', 'values-gitops.yaml'], values: { image } },
  everything: EVERYTHING,
  'everything with a plain NetworkPolicy and HTTPRoute': everything(
    { routing: { kind: 'HTTPRoute', extraMiddlewares: [{ name: 'allow-list' }] } },
    'ci/plain-values.yaml',
  ),
  'everything with Ingress, migrated by an init container': everything({
    routing: { kind: 'Ingress' },
    migration: { mode: 'initContainer' },
  }),
  'everything by Argo CD, with a gateway on its node and sentinels': everything(
    {
      networkPolicy: { gateway: { hostNetwork: true }, sisters: [], monitoring: { namespace: '' } },
      settings: { REDIS_SENTINELS: 'redis-0:26379,redis-1:26379', REDIS_SENTINEL_NAME: 'identity' },
    },
    'values-gitops.yaml',
  ),
  'minimal without a ServiceAccount, with names of its own': {
    files: MINIMAL.files,
    values: { fullnameOverride: 'accounts', serviceAccount: { create: false }, migration: { mode: 'none' } },
  },
};
