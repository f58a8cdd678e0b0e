import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import pg from 'pg';
import { GenerateKey, KeyDirectory } from '@identity/jwks';
import { loadSettings } from '@platform/config';
import { migrate } from '@platform/database';
import { type Clock, systemClock } from '@platform/kernel';
import { createTestDatabase, freePort, poll, testRedisUrl, writeSecret } from '@platform/testing';
import { createApp } from '../../apps/api/src/bootstrap.js';
import { Client } from './client.js';
import { isReady } from './readiness.js';

export interface ServiceOptions {
  /** Settings that differ, by the names of the environment variables. DATABASE_URL and REDIS_URL among them. */
  env?: Record<string, string>;
  clock?: Clock;
  /** PostgreSQL past the pooler that DATABASE_URL leads to: for migrations and for what the test does by itself. */
  direct?: string;
}

/** The whole API of one test file, listening on loopback, with a database, keys and secrets of its own. */
export interface TestService {
  app: NestFastifyApplication;
  /** `http://127.0.0.1:port` */
  origin: string;
  managementOrigin: string;
  client: Client;
  env: Record<string, string>;
  /** One statement, past the service. */
  sql<Row extends pg.QueryResultRow>(text: string, parameters?: unknown[]): Promise<Row[]>;
  /** A connection of the test's own, for a transaction that the service meets; to be ended by the test. */
  open(): Promise<pg.Client>;
  stop(): Promise<void>;
}

/** Starts the service from its sources and waits until it is ready, and has its Redis. */
export async function startService(options: ServiceOptions = {}): Promise<TestService> {
  const { env, release } = await prepareEnvironment(options.env);
  const direct = options.direct ?? env.DATABASE_URL ?? '';
  await migrate(direct);
  const app = await createApp(loadSettings(env), options.clock ?? systemClock);
  await app.listen(Number(env.PORT), '127.0.0.1');
  const origin = `http://127.0.0.1:${env.PORT}`;
  const client = new Client(origin);
  await poll('readiness', 20, async () => isReady(await client.get('/readyz')) || undefined);
  const pool = new pg.Pool({ connectionString: direct, max: 2 });
  pool.on('error', () => undefined); // some tests kill the server
  return {
    app,
    origin,
    managementOrigin: `http://127.0.0.1:${env.MANAGEMENT_PORT}`,
    client,
    env,
    sql: async (text, parameters) => (await pool.query(text, parameters)).rows,
    open: async () => {
      const connection = new pg.Client({ connectionString: direct });
      connection.on('error', () => undefined);
      await connection.connect();
      return connection;
    },
    stop: async () => {
      await app.close();
      await pool.end();
      await release();
    },
  };
}

/** Everything a process of the service needs in its environment, on free ports; nothing started yet. */
export async function prepareEnvironment(overrides: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'nx-identity-'));
  const keys = join(folder, 'keys');
  await new GenerateKey(new KeyDirectory(keys), systemClock).execute({});
  const database = overrides.DATABASE_URL === undefined ? await createTestDatabase() : undefined;
  const port = await freePort();
  const env: Record<string, string> = {
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    PORT: String(port),
    MANAGEMENT_PORT: String(await freePort()),
    DATABASE_URL: database?.url ?? '',
    REDIS_URL: overrides.REDIS_URL ?? (await testRedisUrl()),
    JWKS_DIR: keys,
    REFRESH_TOKEN_KEY_FILE: writeSecret(folder, 'refresh-token.key'),
    OTP_PEPPER_FILE: writeSecret(folder, 'otp.pepper'),
    CONFIGURATION_KEY_FILE: writeSecret(folder, 'configuration.key'),
    JWT_ISSUER: `http://127.0.0.1:${port}`,
    JWT_AUDIENCE: 'nx-seller,orders',
    // The smallest hash that argon2 makes: these tests are about everything else. Bench and password tests use the real one.
    PASSWORD_ARGON2_MEMORY_KIB: '64',
    PASSWORD_ARGON2_ITERATIONS: '1',
    ...overrides,
  };
  const release = async () => {
    await database?.drop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { env, folder, release };
}
