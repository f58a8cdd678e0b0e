import { accessSync, constants, statSync } from 'node:fs';
import { environmentSchema, type Environment, type Settings } from './settings.js';
import { findKeyMaterial } from './key-material.js';
import { otpLimitFaults, resolveOtpLimits } from './otp-settings.js';
import { readRotatableSecret } from './read-rotatable-secret.js';
import { readSecretFile } from './read-secret-file.js';
import { redisTarget } from './redis-target.js';
import { resolveTracing, tracingFaults } from './tracing-settings.js';

/** What .env.example has where a secret of one's own belongs. */
const PLACEHOLDER = 'change-me';

/** What signs tokens and checks codes: a worker does neither, is not asked for these and does not look at them. */
const FILES_OF_THE_API = ['JWKS_DIR', 'REFRESH_TOKEN_KEY_FILE', 'OTP_PEPPER_FILE'] as const;
/** What a worker's settings are made of: all but those. */
type Given = Omit<Environment, (typeof FILES_OF_THE_API)[number]> & Partial<Environment>;

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
 * @param mode whose files are wanted, by default those of RUN_MODE
 * @throws SettingsError with all faults at once; a value is never repeated in it, since it might be a secret
 */
export function loadSettings(env: NodeJS.ProcessEnv = process.env, mode = env['RUN_MODE']): Settings {
  const unused: readonly string[] = mode === 'worker' ? FILES_OF_THE_API : [];
  const names = (Object.keys(environmentSchema.shape) as (keyof Environment)[]).filter(
    (name) => !unused.includes(name),
  );
  const { values, faults } = parse(names, env);
  const all = [
    ...faults,
    ...redisFaults(env),
    ...limitFaults(values),
    ...fileFaults(values),
    ...tracingFaults(values, env),
  ];
  if (all.length > 0) throw new SettingsError(all);
  return toSettings(values as Given);
}

/**
 * Reads one setting alone, for commands that need no more (`migrate` wants DATABASE_URL and nothing else).
 * @throws SettingsError as loadSettings does, for that variable
 */
export function readSetting<Name extends keyof Environment>(
  name: Name,
  env: NodeJS.ProcessEnv = process.env,
): Environment[Name] {
  const { values, faults } = parse([name], env);
  if (faults.length > 0) throw new SettingsError(faults);
  return values[name] as Environment[Name];
}

/** Each variable by itself, so that a fault of one does not hide those of the others. Empty counts as absent. */
function parse(
  names: (keyof Environment)[],
  env: NodeJS.ProcessEnv,
): { values: Partial<Environment>; faults: string[] } {
  const results = names.map((name) => ({
    name,
    result: environmentSchema.shape[name].safeParse(env[name] || undefined),
  }));
  const faults = results.flatMap(({ name, result }) => {
    if (!result.success) return [`${name}: ${env[name] ? (result.error.issues[0]?.message ?? '') : 'is required'}`];
    return env[name]?.includes(PLACEHOLDER) ? [`${name}: still holds the placeholder of .env.example`] : [];
  });
  const values = results.flatMap(({ name, result }) => (result.success ? [[name, result.data] as const] : []));
  return { values: Object.fromEntries(values), faults: [...findKeyMaterial(env), ...faults] };
}

/** A limit that security fixes: the code's default is the loosest value that may run outside development. */
function limitFaults(values: Partial<Environment>): string[] {
  if (values.NODE_ENV === 'development' || values.NODE_ENV === 'test') return [];
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
    ...otpLimitFaults(values),
  ];
}

function redisFaults(env: NodeJS.ProcessEnv): string[] {
  const ways = [env['REDIS_URL'], env['REDIS_SENTINELS'], env['REDIS_CLUSTER_NODES']].filter(Boolean).length;
  if (ways !== 1) return ['REDIS_URL: set exactly one of REDIS_URL, REDIS_SENTINELS and REDIS_CLUSTER_NODES'];
  if (env['REDIS_SENTINELS'] && !env['REDIS_SENTINEL_NAME'])
    return ['REDIS_SENTINEL_NAME: is required with REDIS_SENTINELS'];
  return [];
}

/** The path is not repeated: it may be the secret itself, given in the wrong way. */
function fileFaults(values: Partial<Environment>): string[] {
  return [
    ...secretFault('REFRESH_TOKEN_KEY_FILE', values.REFRESH_TOKEN_KEY_FILE, readSecretFile),
    ...secretFault('OTP_PEPPER_FILE', values.OTP_PEPPER_FILE, readRotatableSecret),
    ...secretFault('CONFIGURATION_KEY_FILE', values.CONFIGURATION_KEY_FILE, readRotatableSecret),
    ...(isReadable(values.JWKS_DIR, 'isDirectory')
      ? []
      : ['JWKS_DIR: wants the path of a directory that this process can read']),
  ];
}

/** Said of the variable, without the reason that `read` gives, which names the path. */
function secretFault(name: string, path: string | undefined, read: (path: string) => unknown): string[] {
  if (!isReadable(path, 'isFile')) return [`${name}: wants the path of a file that this process can read`];
  try {
    if (path !== undefined) read(path);
    return [];
  } catch {
    return [`${name}: wants a file of at least 32 random bytes in base64, as \`openssl rand -base64 32\` writes it`];
  }
}

/** True for an absent path, whose fault is told already. */
function isReadable(path: string | undefined, kind: 'isFile' | 'isDirectory'): boolean {
  if (path === undefined) return true;
  try {
    accessSync(path, constants.R_OK);
    return statSync(path)[kind]();
  } catch {
    return false;
  }
}

function toSettings(values: Given): Settings {
  const [audience = '', ...otherAudiences] = values.JWT_AUDIENCE.split(',');
  const development = values.NODE_ENV !== 'production';
  const tracing = resolveTracing(values);
  return {
    development,
    mode: values.RUN_MODE,
    logLevel: values.LOG_LEVEL,
    http: {
      // What runs with loosened limits and open metrics is for this machine alone.
      host: development ? '127.0.0.1' : '0.0.0.0',
      port: values.PORT,
      managementPort: values.MANAGEMENT_PORT,
      trustedProxyHops: values.TRUSTED_PROXY_HOPS,
    },
    database: { url: values.DATABASE_URL, poolSize: values.DATABASE_POOL_SIZE },
    redis: redisTarget(values),
    jwt: {
      keysDir: values.JWKS_DIR ?? '',
      issuer: values.JWT_ISSUER,
      audience,
      otherAudiences,
      ttlSeconds: values.ACCESS_TOKEN_TTL_SECONDS,
    },
    session: {
      idleTtlSeconds: values.SESSION_IDLE_TTL_SECONDS,
      absoluteTtlSeconds: values.SESSION_ABSOLUTE_TTL_SECONDS,
      graceSeconds: values.REFRESH_GRACE_SECONDS,
      keyFile: values.REFRESH_TOKEN_KEY_FILE ?? '',
    },
    snowflakeWorker: values.SNOWFLAKE_WORKER_ID,
    signIn: { maxFailures: values.SIGN_IN_MAX_FAILURES, lockSeconds: values.SIGN_IN_LOCK_SECONDS },
    password: {
      memoryKib: values.PASSWORD_ARGON2_MEMORY_KIB,
      iterations: values.PASSWORD_ARGON2_ITERATIONS,
      concurrency: values.PASSWORD_HASH_CONCURRENCY,
      deadlineMs: values.PASSWORD_HASH_DEADLINE_MS,
    },
    otp: { ...resolveOtpLimits(values), pepperFile: values.OTP_PEPPER_FILE ?? '' },
    phoneAuthCreatesAccount: values.PHONE_AUTH_CREATES_ACCOUNT === 'true',
    sms: { allowedCountries: values.SMS_ALLOWED_COUNTRIES.split(','), guardMode: values.SMS_GUARD_MODE },
    configurationKeyFile: values.CONFIGURATION_KEY_FILE,
    ...(tracing && { tracing }),
  };
}
