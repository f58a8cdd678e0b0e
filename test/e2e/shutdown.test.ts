import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrate } from '@platform/database';
import { elapsedWithoutLag, openEvents, poll } from '@platform/testing';
import type { Answer } from '../support/client.js';
import { readMetric } from '../support/metrics.js';
import { atOnce, tally } from '../support/races.js';
import { runIdentity } from '../support/run-identity.js';
import { basic } from '../support/sisters.js';
import { type SpawnedService, spawnService, untilReady } from '../support/spawn-service.js';
import { prepareEnvironment } from '../support/start-service.js';

type Environment = Awaited<ReturnType<typeof prepareEnvironment>>;

let prepared: Environment;
let running: SpawnedService | undefined;

beforeEach(async () => {
  prepared = await prepareEnvironment({ LOG_LEVEL: 'info' });
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  await prepared.release();
});

async function started(env: Record<string, string> = {}): Promise<SpawnedService> {
  await migrate(prepared.env.DATABASE_URL ?? '');
  running = spawnService({ ...prepared.env, ...env });
  await untilReady(running);
  return running;
}

/** What a boot that must not succeed says last, and how it ended. */
async function refusal(env: Record<string, string>): Promise<{ code: number | null; msg: string; output: string }> {
  running = spawnService(env);
  const { code } = await running.ended;
  const line = running.lines().at(-1);
  expect(line).toMatchObject({ level: 'fatal', service: 'nx-seller-identity', mode: 'api' });
  return { code, msg: line?.msg ?? '', output: running.output() };
}

function openConnection(origin: string): Promise<Socket> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => resolve(socket));
    socket.once('error', reject);
  });
}

function isPortOpen(origin: string): Promise<boolean> {
  const { hostname, port } = new URL(origin);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

describe('the built service', () => {
  it('boots and serves the journey from sign-up to sign-out', async () => {
    const { client, origin } = await started();
    const { username, userId } = await client.signUp();
    const signedIn = await client.signIn(username);
    expect(signedIn.status).toBe(200);
    const refreshed = await client.refresh(signedIn.body.refreshToken as string);
    const { accessToken, refreshToken } = refreshed.body as { accessToken: string; refreshToken: string };
    const { payload } = await jwtVerify(accessToken, createRemoteJWKSet(new URL('/jw-certs', origin)));
    expect(payload.sub).toBe(userId);
    expect((await client.get('/auth/who-am-i', accessToken)).body.userId).toBe(userId);
    expect((await client.post('/auth/sign-out', { refreshToken })).status).toBe(204);
    expect((await client.refresh(refreshToken)).status).toBe(401);
    expect((await client.get('/doc/openapi.json')).body.openapi).toMatch(/^3\.1/);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('finishes every sign-in that is under way at %s', async (signal) => {
    // Real hashes, one at a time: 20 of them take most of a second, and far longer where others want the processors.
    const service = await started({
      PASSWORD_ARGON2_MEMORY_KIB: '19456',
      PASSWORD_ARGON2_ITERATIONS: '2',
      PASSWORD_HASH_CONCURRENCY: '1',
      PASSWORD_HASH_DEADLINE_MS: '10000',
    });
    const { client, origin, managementOrigin } = service;
    const { username } = await client.signUp();
    let finished = 0;
    const signIns = atOnce(20, async (): Promise<Answer> => {
      const answer = await client.signIn(username);
      finished += 1;
      return answer;
    });
    const silent = await openConnection(origin); // as clients and proxies open them ahead of use
    await poll('the queue of hashes', 10, async () => {
      const waiting = await readMetric(managementOrigin, 'identity_password_hash_queue');
      return waiting + finished >= 15 || undefined;
    });
    service.signal(signal);
    expect(finished).toBeLessThan(15);
    expect(tally(await signIns)).toEqual({ 200: 20 });
    expect(await service.ended).toEqual({ code: null, signal });
    silent.destroy();
    expect(await isPortOpen(origin)).toBe(false);
    expect(await isPortOpen(managementOrigin)).toBe(false);
    const loud = service.lines().filter(({ level }) => ['warn', 'error', 'fatal'].includes(level ?? ''));
    // On a busy machine Redis seems away for a moment.
    expect(loud.filter(({ msg = '' }) => !/^Redis is away|counted in this process alone/.test(msg))).toEqual([]);
  });
});

describe('open streams of ended sessions', () => {
  it('keep no shutdown waiting, and end in good order', async () => {
    const service = await started();
    const made = await runIdentity(prepared.env, [
      'service-accounts',
      'create',
      '--name',
      'sister',
      '--scope',
      'revocations:read',
      '--json',
    ]);
    const { name, secret } = JSON.parse(made.out) as { name: string; secret: string };
    const address = `${service.origin}/v1/api/identity/internal/revocations`;
    const streams = await atOnce(50, () => openEvents(address, basic(name, secret)));
    await Promise.all(streams.map((stream) => poll('its first event', 5, () => stream.events[0])));
    const asked = performance.now();
    service.signal('SIGTERM');
    const ended = Promise.all(streams.map((stream) => stream.ended));
    expect(await elapsedWithoutLag(ended)).toBeLessThan(1500);
    expect(await ended).toEqual(streams.map(() => true));
    expect(await service.ended).toEqual({ code: null, signal: 'SIGTERM' });
    expect(performance.now() - asked).toBeLessThan(5000);
    // Each was told of when it began, as an answer that took no time.
    const told = service
      .lines()
      .filter(({ msg, route }) => msg === 'request' && String(route).endsWith('/revocations'));
    expect(told).toHaveLength(50);
    expect(told[0]).toMatchObject({ status: 200, serviceAccount: 'sister' });
  });
});

describe('a boot that would not be safe', () => {
  it('ends without a signing key, and names the directory', async () => {
    const { JWKS_DIR = '' } = prepared.env;
    rmSync(JWKS_DIR, { recursive: true });
    mkdirSync(JWKS_DIR);
    const { code, msg } = await refusal(prepared.env);
    expect(code).toBe(1);
    expect(msg).toContain(JWKS_DIR);
    expect(await isPortOpen(`http://127.0.0.1:${prepared.env.PORT}`)).toBe(false);
  });

  it.each(['pem', 'base64', 'jwk'])('ends with a private key in an environment variable (%s)', async (form) => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const forms: Record<string, string> = {
      pem,
      base64: Buffer.from(pem).toString('base64'),
      jwk: JSON.stringify(privateKey.export({ format: 'jwk' })),
    };
    const value = forms[form] ?? '';
    const { code, msg, output } = await refusal({ ...prepared.env, SOME_SIGNING_KEY: value });
    expect(code).toBe(1);
    expect(msg).toContain('SOME_SIGNING_KEY');
    expect(msg).toContain('JWKS_DIR');
    const secret = privateKey.export({ format: 'jwk' }).d ?? 'none';
    const [, body = 'none'] = pem.split('\n');
    for (const part of [secret, body, value.slice(0, 40)]) expect(output).not.toContain(part);
  });

  it.each(['REFRESH_TOKEN_KEY_FILE', 'OTP_PEPPER_FILE', 'CONFIGURATION_KEY_FILE'])(
    'ends when the file of %s is missing',
    async (name) => {
      const missing = join(prepared.folder, 'nowhere');
      expect(existsSync(missing)).toBe(false);
      const { code, msg } = await refusal({ ...prepared.env, [name]: missing });
      expect(code).toBe(1);
      expect(msg).toContain(name);
    },
  );

  it('tells all faults of the settings in one go, and no value', async () => {
    const faulty = {
      PORT: 'port-of-call',
      DATABASE_URL: 'mysql://root:hunter2@db/identity',
      JWT_ISSUER: 'not-an-issuer',
      TRUSTED_PROXY_HOPS: '99',
      PASSWORD_ARGON2_MEMORY_KIB: '19456.75',
      SNOWFLAKE_WORKER_ID: 'the-first',
      LOG_LEVEL: 'noisy',
    };
    const { JWT_AUDIENCE: _absent, ...env } = prepared.env;
    const { code, msg, output } = await refusal({ ...env, ...faulty });
    expect(code).toBe(1);
    for (const name of [...Object.keys(faulty), 'JWT_AUDIENCE']) expect(msg).toContain(`${name}:`);
    for (const value of Object.values(faulty).filter((text) => text !== '99')) expect(output).not.toContain(value);
    expect(output).not.toContain('hunter2');
  });

  it('keeps limits that may not be loosened in production', async () => {
    const { code, msg } = await refusal({ ...prepared.env, NODE_ENV: 'production', SIGN_IN_MAX_FAILURES: '11' });
    expect(code).toBe(1);
    for (const name of ['SIGN_IN_MAX_FAILURES', 'PASSWORD_ARGON2_MEMORY_KIB', 'PASSWORD_ARGON2_ITERATIONS'])
      expect(msg).toContain(`${name}:`);
  });
});
