import { join } from 'node:path';
import { migrate } from '@platform/database';
import { createDatabase, type EmbeddedPostgres, freePort, startPostgres } from '@platform/testing';
import { type Messaging, startMessaging } from '../../support/messaging.js';
import { serverFolder } from '../../support/outages.js';
import { type SpawnedService, spawnService, untilReady } from '../../support/spawn-service.js';
import { prepareEnvironment } from '../../support/start-service.js';
import { type Monitoring, startMonitoring } from './monitoring.js';

/** The built service with all that it depends on, each of which can be taken away, and what watches it. */
export interface Stack {
  api: SpawnedService;
  worker: SpawnedService;
  messaging: Messaging;
  monitoring: Monitoring;
  stopPostgres(): Promise<void>;
  startPostgres(): Promise<void>;
  stop(): Promise<void>;
}

/** Shorter than in production, as the durations of the rules are: a code that nobody can send is given up soon. */
const OVERRIDES = { OTP_CODE_TTL_SECONDS: '4', SMS_GUARD_MODE: 'record' };

export async function startStack(): Promise<Stack> {
  const folder = serverFolder();
  const undo: (() => Promise<unknown> | void)[] = [() => folder.remove()];
  const stop = async () => {
    for (const each of undo.toReversed()) await each();
  };
  try {
    return { ...(await build(folder.path, undo)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function build(folder: string, undo: (() => Promise<unknown> | void)[]): Promise<Omit<Stack, 'stop'>> {
  const start = (port?: number) => startPostgres({ dataDir: join(folder, 'postgres/data'), durable: false, port });
  let postgres: EmbeddedPostgres = await start();
  undo.push(() => postgres.stop());
  const { url } = await createDatabase(postgres.url, 'identity');
  await migrate(url);
  const { env, release } = await prepareEnvironment({ DATABASE_URL: url, ...OVERRIDES });
  undo.push(release);
  const messaging = await startMessaging({ env }, { worker: false });
  undo.push(() => messaging.stop());
  const api = spawnService(env);
  const worker = spawnService({ ...env, RUN_MODE: 'worker', MANAGEMENT_PORT: String(await freePort()) }, 'worker');
  undo.push(() => Promise.all([api.stop(), worker.stop()]));
  await Promise.all([untilReady(api), untilReady(worker)]);
  const monitoring = await startMonitoring(folder, {
    api: api.managementOrigin,
    worker: worker.managementOrigin,
    jwks: `${api.origin}/jw-certs`,
  });
  undo.push(() => monitoring.stop());
  return {
    api,
    worker,
    messaging,
    monitoring,
    stopPostgres: () => postgres.stop(),
    startPostgres: async () => void (postgres = await start(postgres.port)),
  };
}
