import pg from 'pg';
import { migrate } from '@platform/database';
import { poll } from '@platform/testing';
import { Client } from '../../support/client.js';
import { runIdentity } from '../../support/run-identity.js';
import { basic } from '../../support/sisters.js';
import { prepareEnvironment } from '../../support/start-service.js';
import { labelsOf, readCompose } from './compose.js';
import { type Container, startContainer } from './container.js';
import { startDockerEngine } from './docker-engine.js';
import { startTraefik, type Traefik } from './traefik.js';

/** Traefik before two replicas, all as docker/compose.yaml has it. */
export interface Gateway {
  env: Record<string, string>;
  traefik: Traefik;
  /** What Traefik asked of Docker. */
  asked: Set<string>;
  /** The service, through the gateway. */
  client: Client;
  /** Those that run now. */
  containers: Container[];
  /** One more replica, once Traefik sends requests to it. */
  add(): Promise<Container>;
  /** Ends one of them in this way. */
  remove(container: Container, way: (container: Container) => Promise<void>): Promise<void>;
  sql<Row extends pg.QueryResultRow>(text: string, parameters?: unknown[]): Promise<Row[]>;
  /** The header of a sister that may do what was asked for. */
  account: { Authorization: string };
  stop(): Promise<void>;
}

/**
 * Starts everything and waits until both replicas take requests.
 * @param options `account`: the scope of the sister's account
 */
export async function startGateway({ account }: { account: string }): Promise<Gateway> {
  const compose = readCompose();
  const { env, release } = await prepareEnvironment({
    SNOWFLAKE_WORKER_ID: compose.api.environment.SNOWFLAKE_WORKER_ID ?? '',
    TRUSTED_PROXY_HOPS: compose.api.environment.TRUSTED_PROXY_HOPS ?? '',
    LOG_LEVEL: 'info',
  });
  await migrate(env.DATABASE_URL ?? '');
  const pool = new pg.Pool({ connectionString: env.DATABASE_URL, max: 2 });
  const engine = await startDockerEngine();
  const traefik = await startTraefik(compose.gateway.command, engine.endpoint);
  engine.tell({ id: 'f'.repeat(64), labels: labelsOf(compose.gateway), hostPort: 1, health: 'healthy' });
  const containers: Container[] = [];
  const routed = (count: number) =>
    poll(`${count} servers behind the gateway`, 90, async () => (await traefik.servers()) === count || undefined);
  const isReady = (container: Container) => poll('health', 90, () => container.state.health === 'healthy' || undefined);
  const gateway: Gateway = {
    env,
    traefik,
    asked: engine.asked,
    client: new Client(traefik.origin),
    containers,
    add: async () => {
      const container = await startContainer(engine, compose.api, env);
      await isReady(container);
      containers.push(container);
      await routed(containers.length);
      return container;
    },
    remove: async (container, way) => {
      await way(container);
      containers.splice(containers.indexOf(container), 1);
    },
    sql: async (text, parameters) => (await pool.query(text, parameters)).rows,
    account: { Authorization: '' },
    stop: async () => {
      await traefik.stop();
      await Promise.all(containers.map((container) => container.kill()));
      await engine.stop();
      await pool.end();
      await release();
    },
  };
  const [header, ...both] = await Promise.all([
    createAccount(env, account),
    ...[compose.api, compose['api-2']].map((api) => startContainer(engine, api, env)),
  ]);
  gateway.account = header;
  await Promise.all(both.map(isReady));
  containers.push(...both);
  await routed(2);
  return gateway;
}

async function createAccount(env: Record<string, string>, scope: string) {
  const args = ['service-accounts', 'create', '--name', 'sister', '--scope', scope, '--json'];
  const { code, out, err } = await runIdentity(env, args);
  if (code !== 0) throw new Error(err);
  return basic('sister', (JSON.parse(out) as { secret: string }).secret);
}
