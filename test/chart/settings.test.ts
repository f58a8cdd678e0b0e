import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IEnvVar } from 'kubernetes-models/v1';
import { describe, expect, it } from 'vitest';
import { environmentSchema } from '@platform/config';
import { MINIMAL } from './support/matrix.js';
import { container, workload } from './support/policy.js';
import { only, renderingOf, renderings, valuesOf, workloads } from './support/renderings.js';

const SETTINGS = Object.keys(environmentSchema.shape);
/** Node reads it, before the service begins. */
const OF_NODE = ['NODE_EXTRA_CA_CERTS'];
/** Those whose value is a matter of the chart: ports, modes and the paths of what it mounts. */
const OF_THE_CHART = ['NODE_ENV', 'RUN_MODE', 'PORT', 'MANAGEMENT_PORT', 'JWKS_DIR'];
const FILES = ['REFRESH_TOKEN_KEY_FILE', 'OTP_PEPPER_FILE', 'CONFIGURATION_KEY_FILE'];
/** A worker signs nothing and checks no code: it neither asks for these nor gets them. */
const OF_THE_API = ['JWKS_DIR', 'REFRESH_TOKEN_KEY_FILE', 'OTP_PEPPER_FILE'];
const OF_SECRETS = ['DATABASE_URL', 'REDIS_URL'];

const settable = () => Object.keys(valuesOf(MINIMAL)['settings'] as object);
const variables = (values: object, component: 'api' | 'worker' = 'api'): Record<string, string | undefined> => {
  const { spec } = only(`${component}/deployment.yaml`, values)['spec'].template;
  return Object.fromEntries((spec.containers[0].env as IEnvVar[]).map(({ name, value }) => [name, value]));
};

/** Each setting with the value of .env.example, where it has one. */
function examples(): Record<string, string> {
  const lines = readFileSync(join(import.meta.dirname, '../../.env.example'), 'utf8').split('\n');
  return Object.fromEntries(
    lines.flatMap((line) => {
      const { name, value } = /^(?<name>[A-Z][A-Z0-9_]*)=(?<value>.*)$/.exec(line)?.groups ?? {};
      return name ? [[name, value ?? '']] : [];
    }),
  );
}

describe.each(renderings().map((rendering) => [rendering.name, rendering] as const))('%s', (_name, rendering) => {
  it('sets nothing that the service does not read, and nothing twice', () => {
    const extra = (rendering.values['extraEnv'] as IEnvVar[]).map(({ name }) => name);
    for (const { containers } of workloads(rendering)) {
      const names = containers.flatMap(({ env = [] }) => env.map(({ name }) => name));
      expect(names.filter((name) => ![...SETTINGS, ...OF_NODE, ...extra].includes(name))).toEqual([]);
      const [first = []] = containers.map(({ env = [] }) => env.map(({ name }) => name));
      expect(new Set(first).size).toBe(first.length);
    }
  });

  it('sets what the service takes, in production', () => {
    for (const component of ['api', 'worker']) {
      const env = Object.fromEntries(
        (container(rendering, component).env ?? [])
          .filter(({ name }) => SETTINGS.includes(name))
          .map(({ name, value, valueFrom }) => [name, valueFrom ? examples()[name] : value]),
      );
      const missing = environmentSchema.safeParse(env).error?.issues.map(({ path }) => path.join('.')) ?? [];
      expect(missing).toEqual(component === 'api' ? [] : OF_THE_API);
      expect(env).toMatchObject({ NODE_ENV: 'production', RUN_MODE: component });
      expect(workload(rendering, component).spec.containers).toHaveLength(1);
    }
  });
});

describe('settings', () => {
  it('of the service can each be set by a value, or are the matter of the chart or of a Secret', () => {
    const all = [...settable(), ...OF_THE_CHART, ...FILES, ...OF_SECRETS];
    expect(all.toSorted()).toEqual(SETTINGS.toSorted()); // prettier-ignore
    expect(Object.keys(examples()).toSorted()).toEqual(SETTINGS.toSorted()); // prettier-ignore
  });

  it('have the defaults of the service, where they have any', () => {
    const chart = valuesOf({ files: [] })['settings'] as Record<string, unknown>;
    // More than one pod, and Traefik before them: what a cluster wants of these is not what a laptop does.
    const OTHER = ['SNOWFLAKE_WORKER_ID', 'TRUSTED_PROXY_HOPS'];
    const differing = Object.entries(chart).filter(
      ([name, value]) => value !== '' && !OTHER.includes(name) && String(value) !== examples()[name],
    );
    expect(differing).toEqual([]);
  });

  it.each(['api', 'worker'] as const)('reach the %s as they were written', (component) => {
    const of = (name: string) => (examples()[name] === '' ? '7' : examples()[name]);
    const numbers = settable().filter((name) =>
      /SECONDS|QUOTA|ATTEMPTS|FAILURES|SIZE|KIB|ITERATIONS|MS$|CONCURRENCY/.test(name),
    );
    const least: Record<string, number> = {
      OTP_LOCK_SECONDS: 900,
      OTP_RESEND_COOLDOWN_SECONDS: 60,
      OTP_CODE_TTL_SECONDS: 300,
    };
    const settings = Object.fromEntries(
      numbers.map((name) => [name, least[name.replace(/__.*$/, '')] ?? Math.min(Number(of(name)), 7_776_000)]),
    );
    const small = {
      ...settings,
      ...Object.fromEntries(
        numbers.filter((name) => /__/.test(name) && /QUOTA|ATTEMPTS/.test(name)).map((name) => [name, 3]),
      ),
    };
    const env = variables({ settings: small }, component);
    for (const [name, value] of Object.entries(small)) expect([name, env[name]]).toEqual([name, String(value)]);
  });

  it('that are left empty are not set', () => {
    const env = variables({});
    expect(env).not.toHaveProperty('PASSWORD_HASH_CONCURRENCY');
    expect(env).not.toHaveProperty('OTP_CODE_TTL_SECONDS__PHONE_AUTH');
    expect(Object.values(env)).not.toContain('');
  });

  it('keep false and zero, which are values', () => {
    const env = variables({ settings: { PHONE_AUTH_CREATES_ACCOUNT: false, REFRESH_GRACE_SECONDS: 0 } });
    expect(env).toMatchObject({ PHONE_AUTH_CREATES_ACCOUNT: 'false', REFRESH_GRACE_SECONDS: '0' });
  });

  it('for sentinels or a cluster leave REDIS_URL out', () => {
    const sentinels = { REDIS_SENTINELS: 'a:26379,b:26379', REDIS_SENTINEL_NAME: 'identity' };
    expect(variables({ settings: sentinels })).toMatchObject(sentinels);
    for (const settings of [sentinels, { REDIS_CLUSTER_NODES: 'a:6379' }]) {
      expect(variables({ settings })).not.toHaveProperty('REDIS_URL');
    }
    expect(variables({})).toHaveProperty('REDIS_URL');
  });

  it('give a fixed number in ids to the API alone', () => {
    const one = { settings: { SNOWFLAKE_WORKER_ID: 1 }, api: { replicas: 1 } };
    expect(variables(one)).toMatchObject({ SNOWFLAKE_WORKER_ID: '1' });
    expect(variables(one, 'worker')).toMatchObject({ SNOWFLAKE_WORKER_ID: 'auto' });
  });
});

describe('the migration', () => {
  it.each(['hook', 'initContainer'])('as %s has one address and nothing else', (mode) => {
    const rendering = renderingOf(mode, { ...MINIMAL, values: { migration: { mode } } });
    const containers = workloads(rendering).flatMap(({ containers: all }) => all);
    const migrate = containers.find(({ name }) => name === 'migrate');
    expect(migrate?.env?.map(({ name }) => name)).toEqual(['RUN_MODE', 'NODE_ENV', 'DATABASE_URL']);
  });
});
