import { accessSync, constants } from 'node:fs';
import { z } from 'zod';
import { environmentSchema, type Environment, type RedisTarget, type Settings } from './settings.js';
import { findKeyMaterial } from './key-material.js';

/** Every fault of the environment at once, one line each: the variable and what it wants. */
export class SettingsError extends Error {
  constructor(readonly faults: string[]) {
    super(`The settings are not usable:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'SettingsError';
  }
}

/**
 * Reads the settings from the environment.
 * @param env the environment, `process.env` by default
 * @throws SettingsError with all faults at once; a value is never repeated in it, since it might be a secret
 */
export function loadSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const values = parse(environmentSchema, env);
  const faults = [...redisFaults(values), ...limitFaults(values), ...fileFaults(values)];
  if (faults.length > 0) throw new SettingsError(faults);
  return toSettings(values);
}

/**
 * Reads one setting alone, for commands that need no more (`migrate` wants DATABASE_URL and nothing else).
 * @throws SettingsError as loadSettings does, for that variable
 */
export function readSetting<Name extends keyof Environment>(
  name: Name,
  env: NodeJS.ProcessEnv = process.env,
): Environment[Name] {
  const values: Record<string, unknown> = parse(z.object({ [name as string]: environmentSchema.shape[name] }), env);
  return values[name] as Environment[Name];
}

function parse<T extends z.ZodType>(schema: T, env: NodeJS.ProcessEnv): z.infer<T> {
  const keyFaults = findKeyMaterial(env);
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = schema.safeParse(present);
  const faults = parsed.success ? [] : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${wants(issue)}`);
  if (!parsed.success || keyFaults.length > 0) throw new SettingsError([...keyFaults, ...new Set(faults)]);
  return parsed.data;
}

function wants(issue: { code?: string; message: string; input?: unknown }): string {
  return issue.code === 'invalid_type' ? 'is required' : issue.message;
}

/** A limit that security fixes: the code's default is the loosest value that may run outside development. */
function limitFaults(values: Environment): string[] {
  if (values.NODE_ENV !== 'production') return [];
  const atMost = (name: keyof Environment, limit: number) =>
    Number(values[name]) > limit ? [`${name}: must be at most ${limit} outside development`] : [];
  const atLeast = (name: keyof Environment, limit: number) =>
    Number(values[name]) < limit ? [`${name}: must be at least ${limit} outside development`] : [];
  return [
    ...atMost('ACCESS_TOKEN_TTL_SECONDS', 900),
    ...atMost('SESSION_IDLE_TTL_SECONDS', 14 * 86_400),
    ...atMost('SESSION_ABSOLUTE_TTL_SECONDS', 90 * 86_400),
    ...atMost('REFRESH_GRACE_SECONDS', 30),
    ...atMost('SIGN_IN_MAX_FAILURES', 10),
    ...atLeast('SIGN_IN_LOCK_SECONDS', 900),
    ...atLeast('PASSWORD_ARGON2_MEMORY_KIB', 19_456),
    ...atLeast('PASSWORD_ARGON2_ITERATIONS', 2),
  ];
}

function redisFaults(values: Environment): string[] {
  const ways = [values.REDIS_URL, values.REDIS_SENTINELS, values.REDIS_CLUSTER_NODES].filter(Boolean).length;
  if (ways !== 1) return ['REDIS_URL: set exactly one of REDIS_URL, REDIS_SENTINELS and REDIS_CLUSTER_NODES'];
  if (values.REDIS_SENTINELS && !values.REDIS_SENTINEL_NAME)
    return ['REDIS_SENTINEL_NAME: is required with REDIS_SENTINELS'];
  return [];
}

function fileFaults(values: Environment): string[] {
  const names = ['REFRESH_TOKEN_KEY_FILE', 'OTP_PEPPER_FILE', 'CONFIGURATION_KEY_FILE', 'JWKS_DIR'] as const;
  return names.flatMap((name) => {
    try {
      accessSync(values[name], constants.R_OK);
      return [];
    } catch {
      return [`${name}: ${values[name]} is missing or not readable`];
    }
  });
}

function redisTarget(values: Environment): RedisTarget {
  if (values.REDIS_SENTINELS) {
    return { kind: 'sentinel', sentinels: endpoints(values.REDIS_SENTINELS), name: values.REDIS_SENTINEL_NAME ?? '' };
  }
  if (values.REDIS_CLUSTER_NODES) return { kind: 'cluster', nodes: endpoints(values.REDIS_CLUSTER_NODES) };
  return { kind: 'single', url: values.REDIS_URL ?? '' };
}

function endpoints(list: string): { host: string; port: number }[] {
  return list.split(',').map((item) => {
    const [host = '', port] = item.split(':');
    return { host, port: Number(port) };
  });
}

function toSettings(values: Environment): Settings {
  const [audience = '', ...otherAudiences] = values.JWT_AUDIENCE.split(',');
  return {
    development: values.NODE_ENV !== 'production',
    mode: values.RUN_MODE,
    logLevel: values.LOG_LEVEL,
    http: {
      port: values.PORT,
      managementPort: values.MANAGEMENT_PORT,
      trustedProxyHops: values.TRUSTED_PROXY_HOPS,
    },
    database: { url: values.DATABASE_URL, poolSize: values.DATABASE_POOL_SIZE },
    redis: redisTarget(values),
    jwt: {
      keysDir: values.JWKS_DIR,
      issuer: values.JWT_ISSUER,
      audience,
      otherAudiences,
      ttlSeconds: values.ACCESS_TOKEN_TTL_SECONDS,
    },
    session: {
      idleTtlSeconds: values.SESSION_IDLE_TTL_SECONDS,
      absoluteTtlSeconds: values.SESSION_ABSOLUTE_TTL_SECONDS,
      graceSeconds: values.REFRESH_GRACE_SECONDS,
      keyFile: values.REFRESH_TOKEN_KEY_FILE,
    },
    snowflakeWorker: values.SNOWFLAKE_WORKER_ID,
    signIn: { maxFailures: values.SIGN_IN_MAX_FAILURES, lockSeconds: values.SIGN_IN_LOCK_SECONDS },
    password: {
      memoryKib: values.PASSWORD_ARGON2_MEMORY_KIB,
      iterations: values.PASSWORD_ARGON2_ITERATIONS,
      concurrency: values.PASSWORD_HASH_CONCURRENCY,
      deadlineMs: values.PASSWORD_HASH_DEADLINE_MS,
    },
    secretFiles: { otpPepper: values.OTP_PEPPER_FILE, configurationKey: values.CONFIGURATION_KEY_FILE },
  };
}
