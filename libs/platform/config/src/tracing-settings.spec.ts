import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { resolveTracing, tracingEnvironment, tracingFaults } from './tracing-settings.js';

const resolve = (env: Record<string, string>) => resolveTracing(z.object(tracingEnvironment).parse(env));
const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' };

describe('tracing', () => {
  it.each<Record<string, string>>([
    {},
    { OTEL_SERVICE_NAME: 'identity', OTEL_TRACES_SAMPLER: 'always_on' },
    { ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' },
    { ...ENDPOINT, OTEL_SDK_DISABLED: 'true' },
  ])('is off with %j', (env) => {
    expect(resolve(env)).toBeUndefined();
  });

  it('goes to the address for spans, else to the collector, else to the one that the specification names', () => {
    expect(resolve({ OTEL_TRACES_EXPORTER: 'otlp' })?.url).toBe('http://localhost:4318/v1/traces');
    expect(resolve(ENDPOINT)?.url).toBe('http://collector:4318/v1/traces');
    const own = { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://traces.example/in' };
    expect(resolve({ ...ENDPOINT, ...own })?.url).toBe('https://traces.example/in');
  });

  it('tells of its process what it is told, decoded', () => {
    const env = { ...ENDPOINT, OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=staging,team=a%20b,odd=100%' };
    expect(resolve(env)?.resource).toEqual({ 'deployment.environment.name': 'staging', team: 'a b', odd: '100%' });
  });

  it.each<Record<string, string>>([
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:password@collector:4318' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317' },
    { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
    { OTEL_TRACES_SAMPLER: 'jaeger_remote' },
    { OTEL_TRACES_SAMPLER_ARG: '1.5' },
    { OTEL_RESOURCE_ATTRIBUTES: 'team' },
  ])('refuses %j', (env) => {
    expect(() => resolve(env)).toThrow(/wants/);
  });

  it('wants no key for the collector in the environment, and says so only where there is a collector', () => {
    const env = { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=secret' };
    expect(tracingFaults({}, env)).toEqual([]);
    expect(tracingFaults(ENDPOINT, env)).toEqual([expect.stringMatching(/^OTEL_EXPORTER_OTLP_HEADERS: (?!.*secret)/)]);
  });
});
