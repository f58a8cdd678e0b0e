import { z } from 'zod';
import { oneOf } from './one-of.js';

const WANTS_URL = 'wants a URL such as http://collector:4318, without a user or a password';
/** `user:password@` would stand in every message about a collector that does not answer. */
const collector = z
  .url({ protocol: /^https?$/, error: WANTS_URL })
  .regex(/^https?:\/\/[^@]*$/, WANTS_URL)
  .transform((url) => url.replace(/\/+$/, ''));
const WANTS_RATIO = 'wants a number from 0 to 1';
const DEFAULT_COLLECTOR = 'http://localhost:4318';

/**
 * The variables of OpenTelemetry's specification that are followed here, with its meanings and its defaults; only
 * `OTEL_TRACES_EXPORTER` differs, which sends nothing while neither it nor an address is set.
 */
const environment = z.object({
  OTEL_SDK_DISABLED: oneOf('true', 'false').default('false'),
  OTEL_TRACES_EXPORTER: oneOf('otlp', 'none').optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: collector.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: collector.optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: oneOf('http/protobuf', 'http/json').default('http/protobuf'),
  OTEL_SERVICE_NAME: z.string().min(1).max(200).default('nx-seller-identity'),
  OTEL_RESOURCE_ATTRIBUTES: z
    .string()
    .regex(/^[^=,\s]+=[^=,]*(,[^=,\s]+=[^=,]*)*$/, 'wants name=value, separated by commas')
    .optional(),
  OTEL_TRACES_SAMPLER: oneOf(
    'always_on',
    'always_off',
    'traceidratio',
    'parentbased_always_on',
    'parentbased_always_off',
    'parentbased_traceidratio',
  ).default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(0|1|0?\.\d{1,9}|1\.0+|0\.0+)$/, WANTS_RATIO)
    .transform(Number)
    .default(1),
});
export const tracingEnvironment = environment.shape;

type TracingEnvironment = z.infer<typeof environment>;

/** Where spans go, and which. */
export interface TracingSettings {
  /** The whole address that spans are posted to. */
  url: string;
  protocol: TracingEnvironment['OTEL_EXPORTER_OTLP_PROTOCOL'];
  serviceName: string;
  resource: Record<string, string>;
  sampler: { name: TracingEnvironment['OTEL_TRACES_SAMPLER']; ratio: number };
}

/** @returns undefined where no spans are made */
export function resolveTracing(values: TracingEnvironment): TracingSettings | undefined {
  if (!isOn(values)) return undefined;
  const base = values.OTEL_EXPORTER_OTLP_ENDPOINT ?? DEFAULT_COLLECTOR;
  return {
    url: values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? `${base}/v1/traces`,
    protocol: values.OTEL_EXPORTER_OTLP_PROTOCOL,
    serviceName: values.OTEL_SERVICE_NAME,
    resource: resourceOf(values.OTEL_RESOURCE_ATTRIBUTES),
    sampler: { name: values.OTEL_TRACES_SAMPLER, ratio: values.OTEL_TRACES_SAMPLER_ARG },
  };
}

/**
 * Headers for the collector hold keys, and secrets are files here. The exporter would read them by itself, so that such
 * a boot is refused: a collector beside the service adds the key.
 */
export function tracingFaults(values: Partial<TracingEnvironment>, env: NodeJS.ProcessEnv): string[] {
  if (!isOn(values)) return [];
  return ['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS']
    .filter((name) => env[name])
    .map((name) => `${name}: is not taken, a header may hold a key; have a collector near the service add it`);
}

function isOn(values: Partial<TracingEnvironment>): boolean {
  if (values.OTEL_SDK_DISABLED === 'true' || values.OTEL_TRACES_EXPORTER === 'none') return false;
  return [
    values.OTEL_TRACES_EXPORTER,
    values.OTEL_EXPORTER_OTLP_ENDPOINT,
    values.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
  ].some((value) => value !== undefined);
}

/** Values are percent-encoded, as in baggage. */
function resourceOf(list = ''): Record<string, string> {
  const pairs = list.split(',').filter((pair) => pair !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = '', value = ''] = pair.split('=');
      return [name, decode(value.trim())];
    }),
  );
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
