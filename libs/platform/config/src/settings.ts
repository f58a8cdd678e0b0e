import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { integer } from './integer.js';
import { oneOf } from './one-of.js';
import { otpEnvironment, type OtpLimits, type OtpNamespace } from './otp-settings.js';
import { parseMaster, parseServers, type RedisTarget } from './redis-target.js';
import { tracingEnvironment, type TracingSettings } from './tracing-settings.js';

/** Injection token of the validated settings. */
export const SETTINGS = Symbol('settings');
/** Injection token of the clock. */
export const CLOCK = Symbol('clock');

const DAY = 86_400;
const text = z.string().min(1, 'must not be empty');
const url = (protocols: RegExp, example: string) => {
  const wants = `wants a URL such as ${example}`;
  return z.url({ protocol: protocols, error: wants }).regex(/^\w+:\/\//, wants);
};
const servers = text.refine(
  parseServers,
  'wants host:port or redis[s]://user:password@host:port, separated by commas, all with one user and password',
);
const master = text.refine(parseMaster, 'wants the name of the master, or redis[s]://user:password@name');

/** One entry for each environment variable: what it accepts and what it is when absent. */
export const environmentSchema = z.object({
  NODE_ENV: oneOf('development', 'test', 'production').default('production'),
  RUN_MODE: oneOf('api', 'worker', 'migrate').default('api'),
  PORT: integer(0, 65_535).default(3000),
  MANAGEMENT_PORT: integer(0, 65_535).default(9464),
  LOG_LEVEL: oneOf('silent', 'error', 'warn', 'info', 'debug', 'trace').default('info'),
  DATABASE_URL: url(/^postgres(ql)?$/, 'postgres://identity@db:5432/identity'),
  DATABASE_POOL_SIZE: integer(1, 200).default(10),
  REDIS_URL: url(/^rediss?$/, 'redis://redis:6379').optional(),
  REDIS_SENTINELS: servers.optional(),
  REDIS_SENTINEL_NAME: master.optional(),
  REDIS_CLUSTER_NODES: servers.optional(),
  JWKS_DIR: text,
  REFRESH_TOKEN_KEY_FILE: text,
  OTP_PEPPER_FILE: text,
  CONFIGURATION_KEY_FILE: text,
  JWT_ISSUER: url(/^https?$/, 'https://identity.example.com'),
  JWT_AUDIENCE: text.regex(/^[^\s,]+(,[^\s,]+)*$/, 'wants audiences separated by commas, our own first'),
  ACCESS_TOKEN_TTL_SECONDS: integer(1, 3600).default(900),
  SESSION_IDLE_TTL_SECONDS: integer(1, 90 * DAY).default(14 * DAY),
  SESSION_ABSOLUTE_TTL_SECONDS: integer(1, 365 * DAY).default(90 * DAY),
  REFRESH_GRACE_SECONDS: integer(0, 300).default(30),
  SNOWFLAKE_WORKER_ID: z
    .literal('auto')
    .or(integer(0, 1023, 'wants auto or a whole number from 0 to 1023'))
    .default(1),
  TRUSTED_PROXY_HOPS: integer(0, 10).default(0),
  SIGN_IN_MAX_FAILURES: integer(1, 1000).default(10),
  SIGN_IN_LOCK_SECONDS: integer(1, DAY).default(900),
  PASSWORD_ARGON2_MEMORY_KIB: integer(8, 1_048_576).default(19_456),
  PASSWORD_ARGON2_ITERATIONS: integer(1, 20).default(2),
  // One more than run at once: while one ends and the next begins, no processor waits.
  PASSWORD_HASH_CONCURRENCY: integer(1, 64).default(availableParallelism() + 1),
  PASSWORD_HASH_DEADLINE_MS: integer(50, 10_000).default(2000),
  ...otpEnvironment,
  PHONE_AUTH_CREATES_ACCOUNT: oneOf('true', 'false').default('true'),
  SMS_ALLOWED_COUNTRIES: text
    .regex(/^[A-Z]{2}(,[A-Z]{2})*$/, 'wants ISO 3166 country codes separated by commas, such as VN')
    .default('VN'),
  SMS_GUARD_MODE: oneOf('deny', 'record').default('deny'),
  ...tracingEnvironment,
});

export type Environment = z.infer<typeof environmentSchema>;

/**
 * The settings as the code reads them: typed, checked together, grouped by what they rule. Times in the unit named.
 * A worker has no `keysDir`, `session.keyFile` and `pepperFile`: they are empty, which names no file that can be read.
 */
export interface Settings {
  development: boolean;
  mode: Environment['RUN_MODE'];
  logLevel: Environment['LOG_LEVEL'];
  /** `host` is where both ports listen: loopback in development, every address in production. */
  http: { host: string; port: number; managementPort: number; trustedProxyHops: number };
  database: { url: string; poolSize: number };
  redis: RedisTarget;
  /** `audience` is in every token; a sign-in may ask for one of `otherAudiences` besides. */
  jwt: { keysDir: string; issuer: string; audience: string; otherAudiences: string[]; ttlSeconds: number };
  session: { idleTtlSeconds: number; absoluteTtlSeconds: number; graceSeconds: number; keyFile: string };
  snowflakeWorker: number | 'auto';
  signIn: { maxFailures: number; lockSeconds: number };
  password: { memoryKib: number; iterations: number; concurrency: number; deadlineMs: number };
  /** One-time codes, by what they are for. */
  otp: Record<OtpNamespace, OtpLimits> & { pepperFile: string };
  /** Whether a code by SMS opens an account for a number that has none. */
  phoneAuthCreatesAccount: boolean;
  /** Countries as ISO 3166 codes; `record` counts what the guard would deny and sends it all the same. */
  sms: { allowedCountries: string[]; guardMode: Environment['SMS_GUARD_MODE'] };
  /** Key of the credentials in "Configuration" and of the jobs in the queues. */
  configurationKeyFile: string;
  /** Absent where no spans are made. */
  tracing?: TracingSettings;
}
