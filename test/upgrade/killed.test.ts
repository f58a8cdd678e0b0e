import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { migrate, migrationNames } from '@platform/database';
import { catalog, createTestDatabase, poll, projectRoot, sql, type TestDatabase } from '@platform/testing';
import { runMigrate } from './support/run-migrate.js';

const FOLDER = join(projectRoot(), 'libs/platform/database/src/migrations');
/** Where each migration that builds indexes beside the traffic stands in the list. */
const concurrent = readdirSync(FOLDER)
  .filter((file) => /^\d+-.*(?<!\.int)\.ts$/.test(file))
  .toSorted()
  .flatMap((file, at) => (readFileSync(join(FOLDER, file), 'utf8').includes('INDEX CONCURRENTLY') ? [at] : []));

let fresh: string[];
let database: TestDatabase;

beforeAll(async () => {
  const other = await createTestDatabase();
  await migrate(other.url);
  fresh = await catalog(other.url);
  await other.drop();
});
beforeEach(async () => {
  database = await createTestDatabase();
  // Whoever defines something while so many migrations are recorded stays in that statement, and in its transaction.
  await sql(
    database.url,
    `CREATE TABLE public.stops (recorded int);
     INSERT INTO public.stops VALUES (-1);
     CREATE FUNCTION public.stop() RETURNS event_trigger LANGUAGE plpgsql AS $$
     DECLARE count int;
     BEGIN
       IF to_regclass('identity."SchemaMigration"') IS NULL OR current_query() LIKE '%SchemaMigration%' THEN RETURN; END IF;
       EXECUTE 'SELECT count(*) FROM identity."SchemaMigration"' INTO count;
       IF count = (SELECT recorded FROM public.stops) THEN PERFORM pg_sleep(300); END IF;
     END $$;
     CREATE EVENT TRIGGER stop ON ddl_command_end EXECUTE FUNCTION public.stop()`,
  );
});
afterEach(async () => {
  await database.drop();
});

const OURS = `FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'nx-seller-identity'`;
const recorded = async () =>
  (await sql<{ name: string }>(database.url, 'SELECT name FROM identity."SchemaMigration" ORDER BY id')).map(
    ({ name }) => name,
  );

/** Starts a migrator, kills it once PostgreSQL says so of its statement, and waits until nothing of it is left. */
async function killWhile(condition: string): Promise<void> {
  const { child, result } = runMigrate(projectRoot(), database.url);
  let isOver = false;
  void result.then(() => (isOver = true));
  await poll(`a statement for which ${condition}`, 30, async () => {
    if (isOver) throw new Error(`the migrator has ended: ${(await result).err}`);
    return (await sql(database.url, `SELECT ${OURS} AND ${condition}`))[0];
  });
  child.kill('SIGKILL');
  await result;
  await poll('the end of its connection', 15, async () =>
    (await sql(database.url, `SELECT ${OURS}`))[0] ? undefined : true,
  );
}

async function finish(): Promise<void> {
  expect(await runMigrate(projectRoot(), database.url).result).toMatchObject({ code: 0 });
  expect(await recorded()).toEqual(migrationNames);
  expect(await catalog(database.url)).toEqual(fresh);
}

it('who is killed in the middle of any migration leaves nothing of it, and the next one goes on from there', async () => {
  for (const at of migrationNames.keys()) {
    await sql(database.url, `UPDATE public.stops SET recorded = ${at}`);
    await killWhile(`wait_event = 'PgSleep'`);
    expect(await recorded()).toEqual(migrationNames.slice(0, at));
  }
  await sql(database.url, 'UPDATE public.stops SET recorded = -1');
  await finish();
});

it.each(concurrent)(
  'who is killed in the middle of an index (migration %i) leaves one that is built anew',
  async (at) => {
    await sql(database.url, `UPDATE public.stops SET recorded = ${at}`);
    await killWhile(`wait_event = 'PgSleep'`);
    await sql(database.url, 'UPDATE public.stops SET recorded = -1');
    const holder = new pg.Client({ connectionString: database.url });
    await holder.connect();
    try {
      const tables = await sql<{ name: string }>(
        database.url,
        `SELECT c.oid::regclass::text AS name FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'identity'::regnamespace
       AND relname <> 'SchemaMigration'`,
      );
      await holder.query(`BEGIN; LOCK TABLE ${tables.map(({ name }) => name).join(', ')} IN ROW EXCLUSIVE MODE`);
      await killWhile(`query LIKE '%CREATE%INDEX CONCURRENTLY%' AND wait_event_type = 'Lock'`);
    } finally {
      await holder.end();
    }
    const broken = await sql(database.url, 'SELECT indexrelid::regclass AS name FROM pg_index WHERE NOT indisvalid');
    expect(broken).toHaveLength(1);
    await finish();
  },
);
