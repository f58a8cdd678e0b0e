import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { IContainer } from 'kubernetes-models/v1';
import { Redis } from 'ioredis';
import pg from 'pg';
import { GenerateKey, KeyDirectory } from '@identity/jwks';
import { systemClock } from '@platform/kernel';
import { createTestDatabase, freePort, poll, projectRoot, testRedisUrl } from '@platform/testing';
import { runTool } from '../../alerts/support/run-tool.js';
import { Client } from '../../support/client.js';
import { type Messaging, startMessaging } from '../../support/messaging.js';
import { serverFolder } from '../../support/outages.js';
import { Chart } from './chart.js';
import { Deployment, type Secrets } from './deployment.js';
import { helm } from './helm.js';
import type { Cluster } from './kubectl/cluster.js';
import { kubectl } from './kubectl/kubectl.js';
import { runProcess, type Shell, startShell } from './programs.js';

/** The service as the chart has it, what it depends on, and an operator's shell before it. */
export interface World {
  cluster: Cluster;
  api: Deployment;
  worker: Deployment;
  messaging: Messaging;
  shell: Shell;
  alertmanager: string;
  redis: Redis;
  sql<Row extends pg.QueryResultRow>(text: string, parameters?: unknown[]): Promise<Row[]>;
  /** Of a pod that takes requests. */
  client(): Promise<Client>;
  stop(): Promise<void>;
}

/** What differs from production: no TLS to the stand-ins on loopback, and no minute between two codes. */
const OVERRIDES = {
  NODE_ENV: 'test',
  OTP_RESEND_COOLDOWN_SECONDS: '1',
  SMS_GUARD_MODE: 'record',
  PATH: process.env['PATH'] ?? '',
};

const secret = () => `${randomBytes(32).toString('base64')}\n`;

/** Starts all of it; what was started is ended when it fails. */
export async function startWorld(): Promise<World> {
  const undo: (() => Promise<unknown> | void)[] = [];
  const stop = async () => {
    for (const each of undo.splice(0).toReversed()) await each();
  };
  try {
    return { ...(await build(undo)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function build(undo: (() => Promise<unknown> | void)[]): Promise<Omit<World, 'stop'>> {
  const folder = serverFolder();
  undo.push(() => folder.remove());
  const database = await createTestDatabase();
  undo.push(() => database.drop());
  const chart = new Chart();
  const secrets = await makeSecrets(folder.path, database.url);
  const deployment = (name: string) =>
    new Deployment(chart.object('Deployment', name), secrets, join(folder.path, name), {
      ...OVERRIDES,
      NODE_COMPILE_CACHE: join(folder.path, 'compiled'), // half of the time of a command
    });
  const [api, worker] = [deployment('identity-api'), deployment('identity-worker')];
  const cluster: Cluster = {
    chart,
    secrets,
    deployments: { 'identity-api': api, 'identity-worker': worker },
    migration: await migration(chart, api),
    forwards: new Set(),
  };
  undo.push(() => {
    for (const each of cluster.forwards) each.close();
  });
  const messaging = await startMessaging({ env: api.environment() }, { worker: false });
  undo.push(() => messaging.stop());
  undo.push(() => Promise.all([api.stop(), worker.stop()]));
  api.roll();
  worker.roll();
  const [alertmanager] = await Promise.all([startAlertmanager(folder.path), api.settled(), worker.settled()]);
  undo.push(() => alertmanager.stop());
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  undo.push(() => pool.end());
  const redis = new Redis(secrets.get('identity-connections')!['REDIS_URL']!);
  undo.push(() => redis.disconnect());
  const shell = await startShell(join(folder.path, 'shell'), ['kubectl', 'helm'], async (call) =>
    call.program === 'helm' ? helm(call, cluster) : await kubectl(call, cluster),
  );
  undo.push(() => shell.stop());
  return {
    cluster,
    api,
    worker,
    messaging,
    shell,
    redis,
    alertmanager: alertmanager.origin,
    sql: async (text, parameters) => (await pool.query(text, parameters)).rows,
    client: async () => {
      await api.settled();
      return new Client(api.pods[0]!.service.origin);
    },
  };
}

async function makeSecrets(folder: string, databaseUrl: string): Promise<Secrets> {
  const keys = join(folder, 'first-keys');
  mkdirSync(keys);
  await new GenerateKey(new KeyDirectory(keys), systemClock).execute({});
  const files = readdirSync(keys).map((name) => [name, readFileSync(join(keys, name), 'utf8')]);
  const material = { 'refresh-token.key': secret(), 'otp.pepper': secret(), 'configuration.key': secret() };
  const connections = { DATABASE_URL: databaseUrl, REDIS_URL: await testRedisUrl() };
  return new Map<string, Record<string, string>>([
    ['identity-connections', connections],
    ['identity-migrate', connections],
    ['identity-material', material],
    ['identity-keys', Object.fromEntries(files)],
  ]);
}

/** The Job, run as the chart says. */
async function migration(chart: Chart, api: Deployment): Promise<string> {
  const job = chart.object('Job', 'identity-migrate');
  const env = api.environment((job['spec'].template.spec.containers as IContainer[])[0]);
  const root = projectRoot();
  const outcome = await runProcess(process.execPath, [join(root, 'docker/entrypoint.mjs')], { cwd: root, env });
  if (outcome.code !== 0) throw new Error(`the migration failed: ${outcome.err}`);
  return outcome.err + outcome.out;
}

async function startAlertmanager(folder: string) {
  const port = await freePort();
  const config = join(projectRoot(), 'test/runbook/support/alertmanager.yaml');
  return await runTool(
    'alertmanager',
    [
      `--config.file=${config}`,
      `--storage.path=${join(folder, 'alertmanager')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    { port, readyPath: '/-/ready', logFile: join(folder, 'alertmanager.log') },
  );
}

/** Waits until the log of a deployment has this. */
export async function logged(deployment: Deployment, what: RegExp): Promise<void> {
  await poll(`${what} in the log`, 30, () => what.test(deployment.logs()) || undefined);
}
