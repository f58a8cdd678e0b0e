import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import { migrationNames } from '@platform/database';
import { freePort, projectRoot } from '@platform/testing';
import type { Client } from '../support/client.js';
import { type Messaging, startMessaging } from '../support/messaging.js';
import { runIdentity } from '../support/run-identity.js';
import { basic } from '../support/sisters.js';
import { type SpawnedService, spawnService, untilReady } from '../support/spawn-service.js';
import { prepareEnvironment } from '../support/start-service.js';
import { fill } from './support/fill.js';
import { load, type Loaded } from './support/load.js';
import { runMigrate } from './support/run-migrate.js';

/** Where `.ci/upgrade/check` has put the version before this one, built. */
const previousRoot = process.env.UPGRADE_PREVIOUS ?? '';
/** A request waits this long for PostgreSQL before it is refused, so that no lock may be held for as long. */
const LOCKED_AT_MOST_MS = 850;
const SAMPLE_MS = 20;
/** So much of each load comes before the migration and after it. */
const AROUND_MS = 2000;

let prepared: Awaited<ReturnType<typeof prepareEnvironment>>;
let database: pg.Pool;
let messaging: Messaging;
let previous: { api: SpawnedService; worker?: SpawnedService };
let current: { api: SpawnedService; worker?: SpawnedService };
let sister: { Authorization: string };

async function start(root: string, app: 'api' | 'worker'): Promise<SpawnedService> {
  const port = await freePort();
  const management = await freePort();
  const ports = { PORT: String(port), MANAGEMENT_PORT: String(management) };
  const service = spawnService({ ...prepared.env, ...ports, RUN_MODE: app }, app, root);
  await untilReady(service);
  return service;
}

beforeAll(async () => {
  if (!previousRoot) throw new Error('UPGRADE_PREVIOUS names no other version: run .ci/upgrade/check');
  prepared = await prepareEnvironment({ SNOWFLAKE_WORKER_ID: 'auto' });
  const { env } = prepared;
  database = new pg.Pool({ connectionString: env.DATABASE_URL, max: 2 });
  const { code, err } = await runMigrate(previousRoot, env.DATABASE_URL ?? '').result;
  if (code !== 0) throw new Error(`the schema before could not be made: ${err}`);
  await fill(async (text, parameters) => (await database.query(text, parameters)).rows);
  messaging = await startMessaging({ env }, { worker: false });
  const made = await runIdentity(env, 'service-accounts create --name shop --scope policies:check --json'.split(' '));
  sister = basic('shop', (JSON.parse(made.out) as { secret: string }).secret);
  previous = { api: await start(previousRoot, 'api'), worker: await start(previousRoot, 'worker') };
  current = { api: await start(projectRoot(), 'api') };
});

afterAll(async () => {
  for (const service of [current?.api, current?.worker, previous?.api, previous?.worker]) await service?.stop();
  await messaging?.stop();
  await database?.end();
  await prepared?.release();
});

/** Old alone, new alone, and both by turns: sessions, tokens, codes and jobs that one makes serve in the other. */
async function loadAll(until: Promise<unknown>): Promise<Loaded> {
  const [before, after] = [previous.api.client, current.api.client];
  const loaded = await load(
    { lanes: [[before], [after], [before, after]], codeOf: (email) => messaging.code(email), check },
    until,
  );
  const ratio = (loaded.longestMs / loaded.medianMs).toFixed(1);
  process.stdout.write(
    `${loaded.journeys} journeys, ${loaded.requests} requests; the longest took ${ratio} times the median\n`,
  );
  return loaded;
}

function check(client: Client) {
  const body = { subject: { type: 'User', id: '1' }, object: 'orders', action: 'read' };
  return client.send('POST', '/internal/policies/check', { headers: sister, body });
}

async function applied(): Promise<string[]> {
  const { rows } = await database.query<{ name: string }>('SELECT name FROM identity."SchemaMigration" ORDER BY id');
  return rows.map(({ name }) => name);
}

/** How long somebody held a table of ours against readers, at the longest, in milliseconds. */
async function longestLock(signal: AbortSignal): Promise<number> {
  const since = new Map<string, number>();
  let longest = 0;
  while (!signal.aborted) {
    const { rows } = await database.query<{ held: string }>(
      `SELECT l.pid || ' ' || l.relation::regclass AS held FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
       JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname = 'identity' AND l.granted AND l.mode = 'AccessExclusiveLock' AND l.database =
         (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
    const held = new Set(rows.map((row) => row.held));
    for (const one of since.keys()) if (!held.has(one)) since.delete(one);
    for (const one of held) since.set(one, since.get(one) ?? performance.now());
    longest = Math.max(longest, ...[...since.values()].map((from) => performance.now() - from));
    await setTimeout(SAMPLE_MS);
  }
  return longest;
}

describe('two versions beside each other', () => {
  it('serve on the schema before', async () => {
    expect(migrationNames.slice(0, (await applied()).length)).toEqual(await applied());
    expect((await loadAll(setTimeout(AROUND_MS))).failures).toEqual([]);
  });

  it('go on while two migrators of the new version run', async () => {
    const watching = new AbortController();
    const locked = longestLock(watching.signal);
    const migrating = async () => {
      await setTimeout(AROUND_MS);
      const ends = [1, 2].map(() => runMigrate(projectRoot(), prepared.env.DATABASE_URL ?? '').result);
      const results = await Promise.all(ends);
      await setTimeout(AROUND_MS);
      return results;
    };
    const migrated = migrating();
    const { failures } = await loadAll(migrated);
    expect((await migrated).map(({ code, err }) => (code === 0 ? 'done' : err))).toEqual(['done', 'done']);
    watching.abort();
    expect(await locked).toBeLessThan(LOCKED_AT_MOST_MS);
    expect(await applied()).toEqual(migrationNames);
    expect(failures).toEqual([]);
  });

  it('serve on the new schema, also when the new worker delivers what the old API has queued', async () => {
    await previous.worker?.stop();
    current.worker = await start(projectRoot(), 'worker');
    expect((await loadAll(setTimeout(AROUND_MS))).failures).toEqual([]);
  });

  it('leave the old version alone on the new schema, as a rollback does', async () => {
    await current.worker?.stop();
    await current.api.stop();
    previous.worker = await start(previousRoot, 'worker');
    const { failures } = await load(
      { lanes: [[previous.api.client]], codeOf: (email) => messaging.code(email), check },
      setTimeout(AROUND_MS),
    );
    expect(failures).toEqual([]);
  });
});
