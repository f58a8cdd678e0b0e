import pg from 'pg';
import { migrate } from '@platform/database';
import { freePort, poll } from '@platform/testing';
import { randomUsername } from './client.js';
import { runIdentity } from './run-identity.js';
import { basic } from './sisters.js';
import { type SpawnedService, spawnService, untilReady } from './spawn-service.js';
import { prepareEnvironment } from './start-service.js';

/** Two API processes over one database, as they run in production, and a way past them. */
export interface Replicas {
  env: Record<string, string>;
  /** The processes that run now; others after a restart. */
  all: SpawnedService[];
  sql<Row extends pg.QueryResultRow>(text: string, parameters?: unknown[]): Promise<Row[]>;
  /** The operator's command. @throws Error with what it wrote, when it fails */
  identity<Result>(...args: string[]): Promise<Result>;
  /** Ends both on the spot, as a node that is lost does. */
  kill(): Promise<void>;
  /** Starts both again at the same addresses. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts two of the built API and waits until both are ready. */
export async function startReplicas(overrides: Record<string, string> = {}): Promise<Replicas> {
  const { env, release } = await prepareEnvironment({ SNOWFLAKE_WORKER_ID: 'auto', ...overrides });
  await migrate(env.DATABASE_URL ?? '');
  const second = { ...env, PORT: String(await freePort()), MANAGEMENT_PORT: String(await freePort()) };
  const pool = new pg.Pool({ connectionString: env.DATABASE_URL, max: 2 });
  // Tests kill the server: connections that lie idle then are no matter.
  pool.on('error', () => undefined);
  const start = async () => {
    const started = [spawnService(env), spawnService(second)];
    await Promise.all(started.map(untilReady));
    return started;
  };
  const replicas: Replicas = {
    env,
    all: await start(),
    sql: async (text, parameters) => (await pool.query(text, parameters)).rows,
    identity: async <Result>(...args: string[]) => {
      const { code, out, err } = await runIdentity(env, [...args, '--json']);
      if (code !== 0) throw new Error(err);
      return JSON.parse(out) as Result;
    },
    kill: async () => {
      for (const replica of replicas.all) replica.signal('SIGKILL');
      await Promise.all(replicas.all.map(({ ended }) => ended));
    },
    restart: async () => {
      replicas.all = await start();
    },
    stop: async () => {
      await Promise.all(replicas.all.map((replica) => replica.stop()));
      await pool.end();
      await release();
    },
  };
  return replicas;
}

/** Makes an account for a sister, and waits until each replica knows it. */
export async function createAccount({ all, identity }: Replicas, scope: string) {
  const name = randomUsername();
  const { secret } = await identity<{ secret: string }>('service-accounts', 'create', '--name', name, '--scope', scope);
  const headers = basic(name, secret);
  for (const { client } of all) {
    await poll('the account', 5, async () => {
      const { status } = await client.send('GET', '/internal/revocations', { headers });
      return status !== 401 || undefined;
    });
  }
  return { name, secret };
}
