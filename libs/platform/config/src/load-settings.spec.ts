import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings, readSetting, SettingsError } from './load-settings.js';

let folder: string;
let required: Record<string, string>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nx-identity-settings-'));
  mkdirSync(join(folder, 'keys'));
  for (const name of ['refresh', 'pepper', 'configuration']) writeFileSync(join(folder, name), secretText());
  required = {
    DATABASE_URL: 'postgres://identity:pw@db:5432/identity',
    REDIS_URL: 'redis://redis:6379/2',
    JWKS_DIR: join(folder, 'keys'),
    REFRESH_TOKEN_KEY_FILE: join(folder, 'refresh'),
    OTP_PEPPER_FILE: join(folder, 'pepper'),
    CONFIGURATION_KEY_FILE: join(folder, 'configuration'),
    JWT_ISSUER: 'https://identity.example.com',
    JWT_AUDIENCE: 'nx-seller',
  };
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The rules of codes that are the same for all that codes are for. */
const CODES = {
  codeTtlSeconds: { email: 600, phone: 300 },
  resendCooldownSeconds: 60,
  maxAttempts: 5,
  dailyQuota: 10,
};

function secretText(bytes = 32): string {
  return `${randomBytes(bytes).toString('base64')}\n`;
}

/** The faults of what is needed with some changes. */
function faultsOf(changes: Record<string, string | undefined>): string[] {
  return faultsIn({ ...required, ...changes });
}

function faultsIn(env: Record<string, string | undefined>): string[] {
  try {
    loadSettings(env);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    return (error as SettingsError).faults;
  }
}

/** Names of the variables that are at fault. */
function namesOf(faults: string[]): string[] {
  return faults.map((fault) => fault.split(':', 1)[0] ?? '');
}

describe('settings', () => {
  it('have defaults for all but what only the operator knows', () => {
    expect(loadSettings(required)).toEqual({
      development: false,
      mode: 'api',
      logLevel: 'info',
      http: { host: '0.0.0.0', port: 3000, managementPort: 9464, trustedProxyHops: 0 },
      database: { url: required.DATABASE_URL, poolSize: 10 },
      redis: { kind: 'single', url: 'redis://redis:6379/2' },
      jwt: {
        keysDir: required.JWKS_DIR,
        issuer: 'https://identity.example.com',
        audience: 'nx-seller',
        otherAudiences: [],
        ttlSeconds: 900,
      },
      session: {
        idleTtlSeconds: 14 * 86_400,
        absoluteTtlSeconds: 90 * 86_400,
        graceSeconds: 30,
        keyFile: required.REFRESH_TOKEN_KEY_FILE,
      },
      snowflakeWorker: 1,
      signIn: { maxFailures: 10, lockSeconds: 900 },
      password: { memoryKib: 19_456, iterations: 2, concurrency: availableParallelism() + 1, deadlineMs: 2000 },
      otp: {
        'verify-email': { ...CODES, lockSeconds: 600 },
        'phone-auth': { ...CODES, lockSeconds: 900 },
        'forgot-password': { ...CODES, lockSeconds: 900 },
        pepperFile: required.OTP_PEPPER_FILE,
      },
      phoneAuthCreatesAccount: true,
      sms: { allowedCountries: ['VN'], guardMode: 'deny' },
      configurationKeyFile: required.CONFIGURATION_KEY_FILE,
    });
  });

  it('take an empty variable for an absent one', () => {
    expect(loadSettings({ ...required, PORT: '', NODE_ENV: '', REDIS_SENTINELS: '' })).toEqual(loadSettings(required));
    expect(faultsOf({ DATABASE_URL: '' })).toEqual(['DATABASE_URL: is required']);
  });

  it('read what is given', () => {
    const settings = loadSettings({
      ...required,
      NODE_ENV: 'development',
      RUN_MODE: 'worker',
      PORT: '0',
      SNOWFLAKE_WORKER_ID: 'auto',
      JWT_AUDIENCE: 'nx-seller,orders,stock',
    });
    expect(settings).toMatchObject({
      development: true,
      mode: 'worker',
      http: { host: '127.0.0.1', port: 0 },
      snowflakeWorker: 'auto',
      jwt: { audience: 'nx-seller', otherAudiences: ['orders', 'stock'] },
    });
    expect(loadSettings({ ...required, SNOWFLAKE_WORKER_ID: '1023' }).snowflakeWorker).toBe(1023);
  });

  it('tell all faults at once, each with its name and what it wants', () => {
    const faults = faultsOf({
      PORT: '70000',
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://db',
      REDIS_URL: undefined,
      JWT_ISSUER: undefined,
      OTP_PEPPER_FILE: join(folder, 'nowhere'),
      JWKS_DIR: join(folder, 'pepper'),
      REFRESH_GRACE_SECONDS: '31',
      SNOWFLAKE_WORKER_ID: '1024',
      SOME_KEY: '-----BEGIN PRIVATE KEY-----',
    });
    expect(faults.toSorted()).toEqual([
      'DATABASE_URL: wants a URL such as postgres://identity@db:5432/identity',
      'JWKS_DIR: wants the path of a directory that this process can read',
      'JWT_ISSUER: is required',
      'LOG_LEVEL: wants one of silent, error, warn, info, debug, trace',
      'OTP_PEPPER_FILE: wants the path of a file that this process can read',
      'PORT: wants a whole number from 0 to 65535',
      'REDIS_URL: set exactly one of REDIS_URL, REDIS_SENTINELS and REDIS_CLUSTER_NODES',
      'REFRESH_GRACE_SECONDS: must be at most 30 outside development',
      'SNOWFLAKE_WORKER_ID: wants auto or a whole number from 0 to 1023',
      'SOME_KEY: holds key material; put it in a file (JWKS_DIR for signing keys) and mount that instead',
    ]);
  });

  it('tell each missing one when nothing is set', () => {
    const names = namesOf(faultsIn({}));
    expect(names.toSorted()).toEqual(Object.keys(required).toSorted());
  });

  it('never repeat a value: it may be a secret in the wrong place', () => {
    const secret = 'S3cr3t-w0rd';
    const names = [...Object.keys(required), 'PORT', 'NODE_ENV', 'SNOWFLAKE_WORKER_ID', 'REDIS_SENTINELS', 'RUN_MODE'];
    for (const name of names) {
      const faults = faultsOf({ [name]: `${secret} ` });
      expect({ name, told: namesOf(faults) }).toEqual({ name, told: expect.arrayContaining([name]) as unknown });
      expect(new SettingsError(faults).message).not.toContain(secret);
    }
  });

  it.each([
    ['PORT', '-1'],
    ['PORT', '3000.5'],
    ['PORT', '0x10'],
    ['PORT', '1e3'],
    ['PORT', '99999999999999999999'],
    ['DATABASE_POOL_SIZE', '0'],
    ['DATABASE_URL', 'postgres:identity'],
    ['DATABASE_URL', 'db:5432'],
    ['REDIS_URL', 'http://redis'],
    ['JWT_ISSUER', 'identity.example.com'],
    ['JWT_AUDIENCE', 'a,,b'],
    ['JWT_AUDIENCE', 'a, b'],
    ['NODE_ENV', 'prod'],
    ['ACCESS_TOKEN_TTL_SECONDS', '0'],
  ])('refuse %s=%s', (name, value) => {
    expect(namesOf(faultsOf({ [name]: value }))).toEqual([name]);
  });

  it('refuse the placeholder of .env.example [ASVS 13.2.3]', () => {
    expect(faultsOf({ DATABASE_URL: 'postgres://identity:change-me@db/identity' })).toEqual([
      'DATABASE_URL: still holds the placeholder of .env.example',
    ]);
  });
});

describe('limits that security fixes', () => {
  const LIMITS = [
    ['ACCESS_TOKEN_TTL_SECONDS', '899', '901'],
    ['SESSION_IDLE_TTL_SECONDS', '1209599', '1209601'],
    ['SESSION_ABSOLUTE_TTL_SECONDS', '7775999', '7776001'],
    ['REFRESH_GRACE_SECONDS', '0', '31'],
    ['SIGN_IN_MAX_FAILURES', '9', '11'],
    ['SIGN_IN_LOCK_SECONDS', '901', '899'],
    ['PASSWORD_ARGON2_MEMORY_KIB', '19457', '19455'],
    ['PASSWORD_ARGON2_ITERATIONS', '3', '1'],
  ] as const;

  it.each(LIMITS)(
    '%s can be tightened (%s), not loosened (%s), outside development [ASVS 11.4.2]',
    (name, tighter, looser) => {
      expect(faultsOf({ [name]: tighter })).toEqual([]);
      for (const environment of [undefined, '', 'production']) {
        expect(namesOf(faultsOf({ [name]: looser, NODE_ENV: environment }))).toEqual([name]);
      }
      for (const environment of ['development', 'test']) {
        expect(faultsOf({ [name]: looser, NODE_ENV: environment })).toEqual([]);
      }
    },
  );

  it('hold when NODE_ENV itself is not understood', () => {
    expect(namesOf(faultsOf({ NODE_ENV: 'dev', REFRESH_GRACE_SECONDS: '300' }))).toEqual([
      'NODE_ENV',
      'REFRESH_GRACE_SECONDS',
    ]);
  });
});

describe('Redis', () => {
  it('is one server, sentinels or a cluster', () => {
    const redis = (env: Record<string, string>) => loadSettings({ ...required, REDIS_URL: '', ...env }).redis;
    expect(redis({ REDIS_URL: 'rediss://u:p@redis' })).toEqual({ kind: 'single', url: 'rediss://u:p@redis' });
    expect(redis({ REDIS_SENTINELS: 's1:26379,s2:26380', REDIS_SENTINEL_NAME: 'main' })).toEqual({
      kind: 'sentinel',
      sentinels: [
        { host: 's1', port: 26_379 },
        { host: 's2', port: 26_380 },
      ],
      access: { tls: false },
      name: 'main',
      serverAccess: { tls: false },
    });
    expect(redis({ REDIS_CLUSTER_NODES: '10.0.0.1:6379, [fd00::1]:6380' })).toEqual({
      kind: 'cluster',
      nodes: [
        { host: '10.0.0.1', port: 6379 },
        { host: 'fd00::1', port: 6380 },
      ],
      access: { tls: false },
    });
  });

  it('may want a password or TLS of whoever asks its sentinels or the nodes of its cluster', () => {
    const redis = (env: Record<string, string>) => loadSettings({ ...required, REDIS_URL: '', ...env }).redis;
    expect(redis({ REDIS_CLUSTER_NODES: 'rediss://app:p%40ss@a:1,rediss://app:p%40ss@[fd00::1]:2' })).toEqual({
      kind: 'cluster',
      nodes: [
        { host: 'a', port: 1 },
        { host: 'fd00::1', port: 2 },
      ],
      access: { tls: true, username: 'app', password: 'p@ss' },
    });
    const sentinels = { REDIS_SENTINELS: 'redis://:one@a:1' };
    expect(redis({ ...sentinels, REDIS_SENTINEL_NAME: 'main' })).toMatchObject({
      access: { tls: false, password: 'one' },
      name: 'main',
      serverAccess: { tls: false, password: 'one' },
    });
    expect(redis({ ...sentinels, REDIS_SENTINEL_NAME: 'rediss://app:two@main' })).toMatchObject({
      access: { tls: false, password: 'one' },
      name: 'main',
      serverAccess: { tls: true, username: 'app', password: 'two' },
    });
  });

  it('knows no master by an address that is none', () => {
    const faults = faultsOf({ REDIS_URL: '', REDIS_SENTINELS: 'a:1', REDIS_SENTINEL_NAME: 'http://secret@main' });
    expect(faults).toEqual(['REDIS_SENTINEL_NAME: wants the name of the master, or redis[s]://user:password@name']);
  });

  it('is reached in exactly one of these ways', () => {
    const one = ['REDIS_URL: set exactly one of REDIS_URL, REDIS_SENTINELS and REDIS_CLUSTER_NODES'];
    expect(faultsOf({ REDIS_URL: '' })).toEqual(one);
    expect(faultsOf({ REDIS_CLUSTER_NODES: 'a:1' })).toEqual(one);
    expect(faultsOf({ REDIS_URL: '', REDIS_SENTINELS: 'a:1', REDIS_CLUSTER_NODES: 'a:1' })).toEqual(one);
    expect(faultsOf({ REDIS_URL: '', REDIS_SENTINELS: 'a:1' })).toEqual([
      'REDIS_SENTINEL_NAME: is required with REDIS_SENTINELS',
    ]);
  });

  it.each([
    'redis',
    'redis:',
    ':6379',
    'redis:0',
    'redis:65536',
    'a:1,',
    'a:1;b:2',
    'fd00::1:6379',
    'http://a:1',
    'redis://a',
    'redis://a:1/2',
    'redis://name@a:1',
    'redis://u:%@a:1',
    'redis://u:a,b@a:1',
    'redis://u:p@a:1,b:2',
    'redis://u:p@a:1,redis://u:q@b:2',
    'redis://a:1,rediss://b:2',
  ])('is not at %s', (nodes) => {
    expect(faultsOf({ REDIS_URL: '', REDIS_CLUSTER_NODES: nodes })).toEqual([
      'REDIS_CLUSTER_NODES: wants host:port or redis[s]://user:password@host:port, separated by commas, all with one user and password',
    ]);
  });
});

describe('secret files', () => {
  const FILES = ['REFRESH_TOKEN_KEY_FILE', 'OTP_PEPPER_FILE', 'CONFIGURATION_KEY_FILE', 'JWKS_DIR'];

  it.each(FILES)('%s must be there', (name) => {
    expect(namesOf(faultsOf({ [name]: join(folder, 'nowhere') }))).toEqual([name]);
    expect(namesOf(faultsOf({ [name]: undefined }))).toEqual([name]);
  });

  it('of keys, refresh tokens and codes are the matter of the API: a worker does not look at them [ASVS 13.3.2]', () => {
    const worker = { RUN_MODE: 'worker' };
    const none = { JWKS_DIR: undefined, REFRESH_TOKEN_KEY_FILE: undefined, OTP_PEPPER_FILE: '' };
    const nowhere = Object.fromEntries(Object.keys(none).map((name) => [name, join(folder, 'nowhere')]));
    for (const changes of [none, nowhere]) {
      const settings = loadSettings({ ...required, ...worker, ...changes });
      expect([settings.jwt.keysDir, settings.session.keyFile, settings.otp.pepperFile]).toEqual(['', '', '']);
      expect(namesOf(faultsOf(changes)).toSorted()).toEqual(Object.keys(none).toSorted());
      const faults = faultsOf({ ...worker, ...changes, CONFIGURATION_KEY_FILE: undefined, PORT: 'x' });
      expect(namesOf(faults).toSorted()).toEqual(['CONFIGURATION_KEY_FILE', 'PORT']);
    }
  });

  it('must be files, and the directory of the keys a directory', () => {
    expect(namesOf(faultsOf({ OTP_PEPPER_FILE: folder }))).toEqual(['OTP_PEPPER_FILE']);
    expect(namesOf(faultsOf({ JWKS_DIR: join(folder, 'pepper') }))).toEqual(['JWKS_DIR']);
  });

  it('must each hold a secret, of which all faults are told at once and nothing is repeated', () => {
    const contents = {
      REFRESH_TOKEN_KEY_FILE: '',
      OTP_PEPPER_FILE: secretText(31),
      CONFIGURATION_KEY_FILE: 'hunter2 words',
    };
    const paths = Object.entries(contents).map(([name, content]) => {
      const path = join(folder, `bad-${name}`);
      writeFileSync(path, content);
      return [name, path] as const;
    });
    const faults = faultsOf({ ...Object.fromEntries(paths), PORT: 'x' });
    const wants = 'wants a file of at least 32 random bytes in base64, as `openssl rand -base64 32` writes it';
    expect(faults).toEqual([
      'PORT: wants a whole number from 0 to 65535',
      ...paths.map(([name]) => `${name}: ${wants}`),
    ]);
    const told = new SettingsError(faults).message;
    for (const [name, path] of paths) {
      expect(told).not.toContain(path);
      expect(told).not.toContain(contents[name as keyof typeof contents].trim() || path);
    }
  });

  it('must be readable, unless this is root, who reads all', () => {
    const path = join(folder, 'locked');
    writeFileSync(path, secretText(), { mode: 0o000 });
    chmodSync(path, 0o000);
    const expected = process.getuid?.() === 0 ? [] : ['OTP_PEPPER_FILE'];
    expect(namesOf(faultsOf({ OTP_PEPPER_FILE: path }))).toEqual(expected);
  });
});

describe('key material', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const jwk = JSON.stringify(privateKey.export({ format: 'jwk' }));
  const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64');

  it.each([
    ['PEM, PKCS #8', pem],
    ['PEM, SEC 1', privateKey.export({ type: 'sec1', format: 'pem' }) as string],
    ['PEM, PKCS #1', rsa.export({ type: 'pkcs1', format: 'pem' }) as string],
    [
      'PEM, encrypted',
      privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }) as string,
    ],
    ['PEM on one line', pem.replaceAll('\n', String.raw`\n`)],
    ['PEM among other text', `key=${pem};`],
    ['OpenSSH', '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----'],
    ['PGP', '-----BEGIN PGP PRIVATE KEY BLOCK-----'],
    ['a JWK', jwk],
    ['a JWK with spaces', JSON.stringify(JSON.parse(jwk), null, 2).replaceAll('": ', '" : ')],
    ['a JWK within JSON', JSON.stringify(jwk)],
    ['a symmetric JWK', '{"kty":"oct","k":"c2VjcmV0"}'],
    ['an RSA JWK', JSON.stringify(rsa.export({ format: 'jwk' }))],
    ['a JWK set', `{"keys":[${jwk}]}`],
    ['base64 of PEM', base64(pem)],
    ['base64 of a JWK', base64(jwk)],
    ['base64url of a JWK set', Buffer.from(`{"keys":[${jwk}]}`).toString('base64url')],
    ['base64 on many lines', base64(pem).replaceAll(/(.{64})/g, '$1\n')],
    ['a data URL', `data:application/json;base64,${base64(jwk)}`],
    ['DER, PKCS #8', base64(privateKey.export({ type: 'pkcs8', format: 'der' }))],
    ['DER, SEC 1', base64(privateKey.export({ type: 'sec1', format: 'der' }))],
    ['DER, PKCS #1', base64(rsa.export({ type: 'pkcs1', format: 'der' }))],
  ])('as %s stops the boot, whatever the variable is called, and is not repeated [ASVS 13.3.1]', (_form, value) => {
    for (const name of ['JWKS', 'npm_config_harmless', 'DATABASE_URL']) {
      const faults = faultsOf({ [name]: value }).filter((fault) => fault.includes('key material'));
      expect(faults).toEqual([
        `${name}: holds key material; put it in a file (JWKS_DIR for signing keys) and mount that instead`,
      ]);
    }
    expect(() => readSetting('DATABASE_URL', { ...required, JWKS: value })).toThrow(SettingsError);
  });

  it.each([
    ['a public key', publicKey.export({ type: 'spki', format: 'pem' }) as string],
    ['a public JWK', JSON.stringify(publicKey.export({ format: 'jwk' }))],
    ['a public key in DER', base64(publicKey.export({ type: 'spki', format: 'der' }))],
    ['a certificate', '-----BEGIN CERTIFICATE-----'],
    ['words', 'MAKE no mistake, this is no PRIVATE KEY'],
  ])('is not seen in %s', (_form, value) => {
    expect(faultsOf({ ANYTHING: value })).toEqual([]);
  });
});

describe('one setting alone', () => {
  it('needs no other one', () => {
    expect(readSetting('DATABASE_URL', { DATABASE_URL: 'postgresql://db/identity' })).toBe('postgresql://db/identity');
    expect(readSetting('PORT', {})).toBe(3000);
    expect(() => readSetting('DATABASE_URL', { PORT: 'x' })).toThrow(
      expect.objectContaining({ faults: ['DATABASE_URL: is required'] }),
    );
  });
});
