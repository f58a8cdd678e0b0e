import { chmodSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import type * as Testing from '@platform/testing';
import { ROOT } from './root.ts';
import { type Child, runToEnd, startChild } from './child.ts';

interface Api {
  child: Child;
  origin: string;
  pid: number;
}

/** What rows are measured on: PostgreSQL that flushes to the disk, Redis, keys and secrets, all in one folder. */
export interface Stage {
  folder: string;
  databaseUrl: string;
  redisUrl: string;
  prepare(): Promise<void>;
  /** One statement, past the service. */
  sql<Row extends pg.QueryResultRow>(text: string, parameters?: unknown[]): Promise<Row[]>;
  /** Starts the built API with production's settings; `isReady` false leaves the waiting to the caller. */
  startApi(overrides?: Record<string, string>, isReady?: boolean): Promise<Api>;
  /** Starts the built worker with production's settings; ready once PostgreSQL has answered it. */
  startWorker(overrides?: Record<string, string>): Promise<Child>;
  /** Runs one of the service's commands, as an operator would. */
  identity(...args: string[]): Promise<void>;
  /** The same with other settings, and with something on its standard input. */
  identityWith(how: { overrides: Record<string, string>; input?: string }, ...args: string[]): Promise<void>;
  /** The service's environment variables, for a process that is no API. */
  settings(overrides: Record<string, string>): Record<string, string>;
  /** Empties Redis: what a row leaves there may otherwise take more memory than the machine has. */
  clearRedis(): Promise<void>;
  /** A database beside the service's. @returns its URL */
  createDatabase(name: string): Promise<string>;
  /** Starts one of `children/`, by itself with an environment that has nothing but PATH. */
  startChild(script: string, args?: string[], env?: Record<string, string>): Child;
  /** Starts one of `peers/`, as in production. */
  startPeer(script: string): Child;
  freePort(): Promise<number>;
  versions(): Promise<Record<string, string>>;
  /** Ends what the row has started. */
  endRow(): Promise<void>;
  close(): Promise<void>;
}

export function openStage(): Stage {
  // PostgreSQL runs as another user when this process is root; what lies inside has its own modes.
  const folder = mkdtempSync(join(process.getuid?.() === 0 ? '/tmp' : tmpdir(), 'nx-identity-bench-'));
  chmodSync(folder, 0o711);
  const children = new Set<Child>();
  const servers: { stop(): Promise<void> }[] = [];
  let testing: typeof Testing;
  let env: Record<string, string> = {};
  let pool: pg.Pool;
  let postgresUrl = '';

  const keep = (child: Child): Child => {
    children.add(child);
    return child;
  };
  /** As production starts it; its lines go to a file, as a container runtime would have them. */
  const start = async (app: 'api' | 'worker', overrides: Record<string, string>, readyUrl?: string): Promise<Child> => {
    const settings = { ...env, RUN_MODE: app, MANAGEMENT_PORT: String(await testing.freePort()), ...overrides };
    const logFile = join(folder, `${app}-${settings.MANAGEMENT_PORT}.log`);
    const log = openSync(logFile, 'w', 0o600);
    const child = keep(startChild(testing, ['docker/entrypoint.mjs'], { env: settings, log }));
    if (readyUrl === undefined) return child;
    const explain = (cause: unknown) => new Error(`The ${app} is not ready:\n${testing.lastLines(logFile)}`, { cause });
    await testing
      .poll('readiness', 30, () => answers(readyUrl))
      .catch((error: unknown) => Promise.reject(explain(error)));
    return child;
  };
  const stage: Stage = {
    folder,
    databaseUrl: '',
    redisUrl: '',
    async prepare() {
      testing = (await import(join(ROOT, 'dist/apps/dev/libs/platform/testing/src/index.js'))) as typeof Testing;
      testing.guardPath(folder);
      console.log('Starting PostgreSQL (durable) and Redis …');
      const postgres = await testing.startPostgres({ dataDir: join(folder, 'postgres'), durable: true });
      servers.push(postgres);
      const redis = await testing.startRedis({ dir: join(folder, 'redis') });
      servers.push(redis);
      postgresUrl = postgres.url;
      stage.redisUrl = redis.url;
      stage.databaseUrl = await stage.createDatabase('bench');
      env = environment(folder, stage.databaseUrl, redis.url);
      await stage.identity('keys', 'generate');
      await stage.identity('migrate');
      pool = new pg.Pool({ connectionString: stage.databaseUrl, max: 2 });
      pool.on('error', () => undefined); // the server ends before the pool when this is interrupted
    },
    sql: async (text, parameters) => (await pool.query(text, parameters)).rows,
    async startApi(overrides = {}, isReady = true) {
      const port = await testing.freePort();
      const origin = `http://127.0.0.1:${port}`;
      const settings = { PORT: String(port), ...overrides };
      const child = await start('api', settings, isReady ? `${origin}/v1/api/identity/readyz` : undefined);
      return { child, origin, pid: child.pid };
    },
    async startWorker(overrides = {}) {
      const settings = { MANAGEMENT_PORT: String(await testing.freePort()), ...overrides };
      return await start('worker', settings, `http://127.0.0.1:${settings.MANAGEMENT_PORT}/readyz`);
    },
    identity: (...args) => stage.identityWith({ overrides: {} }, ...args),
    identityWith: ({ overrides, input }, ...args) =>
      runToEnd('dist/apps/cli/apps/cli/src/main.js', args, { env: { ...env, ...overrides }, input }),
    settings: (overrides) => ({ ...env, ...overrides }),
    async clearRedis() {
      const redis = new Redis(stage.redisUrl);
      await redis.flushdb();
      redis.disconnect();
    },
    createDatabase: async (name) => (await testing.createDatabase(postgresUrl, name)).url,
    startChild: (script, args = [], variables = {}) =>
      keep(startChild(testing, [join(ROOT, 'test/bench/children', script), ...args], { env: variables, ipc: true })),
    startPeer: (script) =>
      keep(
        startChild(testing, [join(ROOT, 'test/bench/peers', script)], { env: { NODE_ENV: 'production' }, ipc: true }),
      ),
    freePort: () => testing.freePort(),
    async versions() {
      const [row] = await stage.sql<{ server_version: string }>('SHOW server_version');
      return { Node: process.versions.node, PostgreSQL: row?.server_version ?? '' };
    },
    async endRow() {
      await Promise.all([...children].map((child) => child.stop()));
      children.clear();
    },
    async close() {
      await stage.endRow();
      await pool?.end().catch(() => undefined);
      await Promise.all(servers.map((server) => server.stop()));
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      testing?.releasePath(folder);
    },
  };
  return stage;
}

/** Whether it answers 200 by now; for `poll`. */
export async function answers(url: string): Promise<true | undefined> {
  const response = await fetch(url).catch(() => undefined);
  await response?.arrayBuffer();
  return response?.status === 200 || undefined;
}

/** What the process holds in memory, as the kernel counts it. */
export function residentMib(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

/** What the service's entrypoint tells the C library, for a process that is not the service. */
export async function mallocSettings(): Promise<{ GLIBC_TUNABLES: string }> {
  const { MALLOC } = (await import(join(ROOT, 'docker/malloc.mjs'))) as { MALLOC: string };
  return { GLIBC_TUNABLES: MALLOC };
}

/** Production's defaults wherever there are some: argon2id 19456/2/1, a pool of 10, the access log on. */
function environment(folder: string, databaseUrl: string, redisUrl: string): Record<string, string> {
  mkdirSync(join(folder, 'secrets'), { mode: 0o700 });
  const secret = (name: string) => {
    const path = join(folder, 'secrets', name);
    writeFileSync(path, randomBytes(32).toString('base64'), { mode: 0o600 });
    return path;
  };
  return {
    NODE_ENV: 'production',
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    JWKS_DIR: join(folder, 'keys'),
    REFRESH_TOKEN_KEY_FILE: secret('refresh-token.key'),
    OTP_PEPPER_FILE: secret('otp.pepper'),
    CONFIGURATION_KEY_FILE: secret('configuration.key'),
    JWT_ISSUER: 'http://identity.test',
    JWT_AUDIENCE: 'nx-seller',
  };
}
