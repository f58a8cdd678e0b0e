import pg from 'pg';
import { migrate } from '@platform/database';
import { freePort, poll } from '@platform/testing';
import { configureProviders } from '../../support/messaging.js';
import { readyWithin, type SpawnedService, spawnService } from '../../support/spawn-service.js';
import { prepareEnvironment } from '../../support/start-service.js';
import { Caller } from './caller.js';
import { Ledger } from './ledger.js';
import { makeOfficer, readDocument, signInOfficer } from './officer.js';
import type { World } from './people.js';
import { byLine, startStores, type Stores } from './stores.js';

/** Two API processes and a worker, built, over stores of their own. */
export interface Stage {
  stores: Stores;
  apis: SpawnedService[];
  worker: SpawnedService;
  /** API processes whose silence is excused at the moment. */
  silent: Set<number>;
  /** Those of this stage alone, by their names in the table. */
  faults: Record<string, Fault>;
  /** One statement, past the service. */
  sql<Row extends pg.QueryResultRow>(text: string): Promise<Row[]>;
  startApi(index: number): Promise<void>;
  startWorker(): Promise<void>;
  /** People who have not been there before, and an oracle that remembers nothing. */
  newWorld(): World;
  stop(): Promise<void>;
}

/** Makes a part fail, and makes it whole again. */
export interface Fault {
  begin(stage: Stage): Promise<void> | void;
  end(stage: Stage): Promise<void> | void;
}

/** What a stage has beside the usual, or in its place. */
export interface Addition {
  /** Settings that differ. */
  env: Record<string, string>;
  faults?: Record<string, Fault>;
  stop?(): Promise<void>;
}

const CODE = /\b\d{6}\b/;
/** Limits of what one client may do are other tests' matter, and so are the lives of tokens. */
const SETTINGS = {
  SNOWFLAKE_WORKER_ID: 'auto',
  TRUSTED_PROXY_HOPS: '1',
  SMS_GUARD_MODE: 'record',
  REFRESH_GRACE_SECONDS: '300', // on a busy machine somebody may come again after more than 30 s
  ACCESS_TOKEN_TTL_SECONDS: '3600',
  LOG_LEVEL: 'warn',
};
const WORKER = 2;
/** Three processes start at once, on a machine that does other things too. */
const READY_SECONDS = 120;

/** A stage whose PostgreSQL and Redis are reached by lines that can be disturbed. */
export async function overLines({ databaseUrl, redis, lines }: Stores): Promise<Addition> {
  const env = { DATABASE_URL: byLine(databaseUrl, lines.postgres), REDIS_URL: byLine(redis.url, lines.redis) };
  return await Promise.resolve({ env });
}

/** Starts all of it, and waits until it is ready. */
export async function startStage(add?: (stores: Stores) => Promise<Addition>): Promise<Stage> {
  const stores = await startStores();
  const { databaseUrl, redis, lines } = stores;
  const addition = await add?.(stores);
  const own = { ...SETTINGS, DATABASE_URL: databaseUrl, REDIS_URL: redis.url, ...addition?.env };
  const { env, release } = await prepareEnvironment(own);
  const direct = { ...env, DATABASE_URL: databaseUrl };
  await migrate(databaseUrl);
  const [made] = await Promise.all([
    makeOfficer(direct),
    configureProviders(direct, lines.mail.port, byLine(stores.sms.sendUrl, lines.sms)),
  ]);
  const start = await starter(env);
  const [first, second, worker] = await Promise.all([start(0), start(1), start(WORKER)]);
  const officer = await signInOfficer(first.origin, made);
  const documented = await readDocument(first.origin);
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  pool.on('error', () => undefined); // faults end connections
  const stage: Stage = {
    stores,
    apis: [first, second],
    worker,
    silent: new Set(),
    faults: addition?.faults ?? {},
    sql: async (text) => (await pool.query(text)).rows,
    startApi: async (index) => void (stage.apis[index] = await start(index)),
    startWorker: async () => void (stage.worker = await start(WORKER)),
    newWorld: () => ({ ...peopled(stage, documented), officer }),
    stop: async () => {
      await Promise.all([...stage.apis, stage.worker].map((service) => service.stop()));
      await pool.end();
      await addition?.stop?.();
      await stores.stop();
      await release();
    },
  };
  return stage;
}

/** Starts one of the processes, each time at the same address. */
async function starter(env: Record<string, string>) {
  const places = await Promise.all(
    [0, 1, WORKER].map(async () => ({ PORT: String(await freePort()), MANAGEMENT_PORT: String(await freePort()) })),
  );
  return async (index: number): Promise<SpawnedService> => {
    const mode = index === WORKER ? 'worker' : 'api';
    const service = spawnService({ ...env, ...places[index], RUN_MODE: mode }, mode);
    await readyWithin(service, READY_SECONDS);
    return service;
  };
}

function peopled(stage: Stage, documented: ReadonlyMap<string, ReadonlySet<string>>): Omit<World, 'officer'> {
  const ledger = new Ledger();
  const { mail, sms } = stage.stores;
  const place = {
    ledger,
    documented,
    origins: () => stage.apis.map(({ origin }) => origin),
    isSilent: (api: number) => stage.silent.has(api),
  };
  return {
    ledger,
    newCaller: () => new Caller(place),
    codeFor: (to) =>
      (to.startsWith('+') ? sms.messages(to) : mail.messages(to))
        .map(({ text }) => CODE.exec(text)?.[0])
        .find((code) => code !== undefined),
  };
}

/** Waits until every process says that it is ready. */
export async function untilAllReady({ apis, worker }: Stage): Promise<void> {
  for (const { managementOrigin } of [...apis, worker]) {
    await poll('readiness', READY_SECONDS, async () => {
      const answer = await fetch(`${managementOrigin}/readyz`).catch(() => undefined);
      return answer?.status === 200 || undefined;
    });
  }
}
