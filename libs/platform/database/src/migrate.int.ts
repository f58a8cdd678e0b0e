import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { catalog, createTestDatabase, elapsedWithoutLag, poll, sql, type TestDatabase } from '@platform/testing';
import { SharedConfiguration1764000003000 } from './migrations/1764000003000-shared-configuration.js';
import { migrate, migrationNames, migrations, revert } from './migrate.js';
import type * as Migrators from './testing/migrate-slowly.js';
import { runInProcess } from './testing/run-in-process.js';

const MIGRATORS = new URL('./testing/migrate-slowly.ts', import.meta.url);

let database: TestDatabase;
let url: string;

beforeEach(async () => {
  database = await createTestDatabase();
  url = database.url;
});

afterEach(async () => {
  await database.drop();
});

async function connected(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

async function recorded(): Promise<string[]> {
  const rows = await sql<{ name: string }>(url, 'SELECT name FROM identity."SchemaMigration" ORDER BY id');
  return rows.map(({ name }) => name);
}

describe('the schema', () => {
  it('is the same fresh, migrated step by step, and rolled back and migrated again', async () => {
    expect(await migrate(url)).toEqual(migrationNames);
    const fresh = await catalog(url);
    expect(fresh.length).toBeGreaterThan(150);

    const other = await createTestDatabase();
    for (const count of migrations.keys()) {
      const step = migrations.slice(0, count + 1);
      expect(await migrate(other.url, undefined, step)).toEqual([migrationNames[count]]);
    }
    expect(await catalog(other.url)).toEqual(fresh);
    await other.drop();

    await revert(url);
    await migrate(url);
    expect(await catalog(url)).toEqual(fresh);
  });

  it('is what it was before, after each migration is undone', async () => {
    for (const count of migrations.keys()) {
      await migrate(url, undefined, migrations.slice(0, count));
      const before = await catalog(url);
      await migrate(url, undefined, migrations.slice(0, count + 1));
      if (migrations[count] === SharedConfiguration1764000003000) continue; // that table is there to stay: see below
      expect(await catalog(url)).not.toEqual(before);
      await revert(url, 1);
      expect(await catalog(url)).toEqual(before);
    }
  });

  it('keeps the shared configuration and its rows, and nothing of ours, when all is undone', async () => {
    await migrate(url);
    await sql(url, `INSERT INTO public."Configuration" (id, code, t_value) VALUES (7, 'MAIL', 'kept')`);
    await revert(url);
    expect((await catalog(url)).filter((line) => !line.includes('public."Configuration')).join('\n')).toBe('');
    expect(await sql(url, 'SELECT id, code, t_value FROM public."Configuration"')).toEqual([
      { id: '7', code: 'MAIL', t_value: 'kept' },
    ]);
  });
});

describe('a migrator', () => {
  it('has nothing to do the second time', async () => {
    await migrate(url);
    const before = await catalog(url);
    expect(await migrate(url)).toEqual([]);
    expect(await catalog(url)).toEqual(before);
  });

  it('applies each migration once when five start at once, in processes of their own', async () => {
    const runs = Array.from({ length: 5 }, () => runInProcess<string[]>(MIGRATORS, 'migrateAll' satisfies Name, url));
    const applied = await Promise.all(runs.map(({ result }) => result));
    expect(applied.flat().toSorted()).toEqual(migrationNames.toSorted());
    expect(await recorded()).toEqual(migrationNames);
  });

  it('says that it waits for another one', async () => {
    const holder = await connected();
    await holder.query('SELECT pg_advisory_lock(7594310438062814329)');
    const said: string[] = [];
    const migrating = migrate(url, (line) => said.push(line));
    await poll('The wait', 10, () => said.find((line) => /another migrator/.test(line)));
    expect(await sql(url, `SELECT to_regnamespace('identity') AS schema`)).toEqual([{ schema: null }]);
    await holder.end();
    expect(await migrating).toEqual(migrationNames);
  });

  it('completes what one that was killed had begun', async () => {
    const { child } = runInProcess(MIGRATORS, 'migrateSlowly' satisfies Name, url);
    const sleeping = `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(60)'`;
    await poll('The slow migration', 20, async () => (await sql(url, sleeping))[0]);
    const next = migrate(url);
    child.kill('SIGKILL');
    expect(await next).toEqual([]);
    expect(await recorded()).toEqual(migrationNames);
    expect(await sql(url, `SELECT to_regclass('identity.half_done') AS half_done`)).toEqual([{ half_done: null }]);
  });

  it('needs no right to create a schema that is there', async () => {
    const role = `migrator_${process.pid}`;
    await sql(
      url,
      `CREATE ROLE ${role} LOGIN PASSWORD 'x'; CREATE SCHEMA identity AUTHORIZATION ${role};
      CREATE TABLE public."Configuration" (id text PRIMARY KEY, code text UNIQUE, "group" text, description text,
        data_type text, n_value numeric, t_value text, b_value bytea, j_value jsonb, bo_value boolean, credential text,
        created_at timestamptz, updated_at timestamptz)`,
    );
    const address = new URL(url);
    address.username = role;
    address.password = 'x';
    expect(await migrate(address.href)).toEqual(migrationNames);
    expect(await sql(address.href, 'SELECT * FROM "User"')).toEqual([]);
    await database.drop();
    await sql(url.replace(/[^/]+$/, 'postgres'), `DROP ROLE ${role}`);
  });
});

type Name = keyof typeof Migrators;

describe('a table that is in use', () => {
  class Widen1764900000001 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query('ALTER TABLE identity."User" ADD COLUMN extra text');
    }

    async down(): Promise<void> {
      await Promise.resolve();
    }
  }
  const list = [...migrations, Widen1764900000001];

  it('makes a migration give way, so that others wait less than a request may, and be tried again', async () => {
    await migrate(url);
    const [holder, reader] = await Promise.all([connected(), connected()]);
    await holder.query('BEGIN; LOCK TABLE identity."User" IN ROW EXCLUSIVE MODE');
    const said: string[] = [];
    const migrating = migrate(url, (line) => said.push(line), list);
    const queued = `SELECT 1 FROM pg_locks WHERE relation = 'identity."User"'::regclass AND NOT granted`;
    await poll('A migration in the queue', 10, async () => (await sql(url, queued))[0]);
    const reading = reader.query('SELECT count(*) FROM identity."User"');
    expect(await elapsedWithoutLag(reading)).toBeLessThan(850);
    await reading;
    await poll('A second attempt', 10, () => said[1]);
    await holder.query('COMMIT');
    expect(await migrating).toEqual([Widen1764900000001.name]);
    expect(said.every((line) => /^a table is busy; trying again \(\d+ of \d+\)$/.test(line))).toBe(true);
    await Promise.all([holder.end(), reader.end()]);
  });

  it('is not a reason to try again when the fault is the migration itself', async () => {
    class Broken1764900000002 implements MigrationInterface {
      async up(runner: QueryRunner): Promise<void> {
        await runner.query('CREATE TABLE identity.before_the_fault (id int)');
        await runner.query('SELECT nonsense');
      }

      async down(): Promise<void> {
        await Promise.resolve();
      }
    }
    const said: string[] = [];
    const broken = migrate(url, (line) => said.push(line), [...migrations, Broken1764900000002]);
    await expect(broken).rejects.toThrow(/nonsense/);
    expect(said).toEqual([]);
    expect(await recorded()).toEqual(migrationNames);
    expect(await sql(url, `SELECT to_regclass('identity.before_the_fault') AS made`)).toEqual([{ made: null }]);
    expect(await migrate(url, undefined, list)).toEqual([Widen1764900000001.name]);
  });
});

describe('the index of a table that everybody writes to', () => {
  const before = migrations.slice(0, migrationNames.indexOf('AuditByAction1764500000000'));
  const names = migrationNames.slice(before.length);
  const index = `SELECT indisvalid AS valid FROM pg_index
    WHERE indexrelid = to_regclass('identity."AuditEvent_user_action_idx"')`;
  const event = `INSERT INTO identity."AuditEvent" (id, action, outcome, actor_type) VALUES ($1, 'a', 'success', 'user')`;

  it('is built while they write, however long somebody else takes', async () => {
    await migrate(url, undefined, before);
    const [holder, writer] = await Promise.all([connected(), connected()]);
    await holder.query('BEGIN');
    await holder.query(event, [1]);
    const said: string[] = [];
    const migrating = migrate(url, (line) => said.push(line));
    const waiting = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
      AND query LIKE 'CREATE INDEX CONCURRENTLY%'`;
    await poll('An index in the making', 10, async () => (await sql(url, waiting))[0]);
    const second = migrate(url, (line) => said.push(line));
    await poll(
      'A second migrator',
      10,
      () => said.includes('another migrator is at work; waiting for it') || undefined,
    );
    const writing = writer.query(event, [2]);
    expect(await elapsedWithoutLag(writing)).toBeLessThan(850);
    await writing;
    await holder.query('COMMIT');
    expect([await migrating, await second, said.length]).toEqual([names, [], 1]);
    expect(await sql(url, index)).toEqual([{ valid: true }]);
    await Promise.all([holder.end(), writer.end()]);
  });

  it('is built anew where an attempt was stopped', async () => {
    await migrate(url, undefined, before);
    const holder = await connected();
    await holder.query('BEGIN');
    await holder.query(event, [1]);
    const { child } = runInProcess(MIGRATORS, 'migrateAll' satisfies Name, url);
    await poll('Half an index', 20, async () => (await sql(url, index))[0]);
    child.kill('SIGKILL');
    const next = migrate(url);
    await holder.query('COMMIT');
    expect(await next).toEqual(names);
    expect(await sql(url, index)).toEqual([{ valid: true }]);
    await holder.end();
  });
});

describe('public."Configuration" of the older service', () => {
  it.each([
    ['text', `'9f3a'`, '9f3a'],
    ['bigint', '42', '42'],
  ])('with ids as %s is completed; rows, types and constraints stay', async (type, literal, id) => {
    await sql(
      url,
      `CREATE TABLE public."Configuration" (id ${type} PRIMARY KEY, code varchar(64) NOT NULL, "group" text NOT NULL,
         n_value numeric(9, 2), extra text);
       CREATE UNIQUE INDEX their_index ON public."Configuration" (code);
       INSERT INTO public."Configuration" VALUES (${literal}, 'SMS', 'g', 1.5, 'theirs')`,
    );
    const before = (await catalog(url)).filter((line) => line.startsWith('column') || line.startsWith('index'));
    await migrate(url);
    expect(await catalog(url)).toEqual(expect.arrayContaining(before));
    const [row] = await sql<Record<string, unknown>>(url, 'SELECT * FROM public."Configuration"');
    expect(row).toMatchObject({ id, code: 'SMS', group: 'g', n_value: '1.50', extra: 'theirs', credential: null });
    expect(Object.keys(row ?? {})).toEqual(
      expect.arrayContaining(['description', 'data_type', 't_value', 'b_value', 'j_value', 'bo_value', 'created_at']),
    );
    const uniques = (await catalog(url)).filter((line) =>
      /^index .*UNIQUE.* public."Configuration" .*\(code\)/.test(line),
    );
    expect(uniques).toHaveLength(1);
    await revert(url);
    await migrate(url);
    expect(await sql(url, 'SELECT extra FROM public."Configuration"')).toEqual([{ extra: 'theirs' }]);
  });

  it('gets a unique code where it has none, unless codes are there twice', async () => {
    await sql(url, 'CREATE TABLE public."Configuration" (id text PRIMARY KEY, code text)');
    await migrate(url);
    await sql(url, `INSERT INTO public."Configuration" (id, code) VALUES ('1', 'A')`);
    const twice = sql(url, `INSERT INTO public."Configuration" (id, code) VALUES ('2', 'A')`);
    await expect(twice).rejects.toMatchObject({ code: '23505' });

    const other = await createTestDatabase();
    await sql(
      other.url,
      `CREATE TABLE public."Configuration" (id text PRIMARY KEY, code text);
       INSERT INTO public."Configuration" VALUES ('1', 'A'), ('2', 'A'), ('3', NULL), ('4', NULL)`,
    );
    expect(await migrate(other.url)).toEqual(migrationNames);
    expect(await sql(other.url, 'SELECT count(*)::int FROM public."Configuration"')).toEqual([{ count: 4 }]);
    await other.drop();
  });

  it('is left alone when it has everything, even while it is locked', async () => {
    await migrate(url);
    await revert(url);
    const holder = await connected();
    await holder.query('BEGIN; LOCK TABLE public."Configuration" IN ACCESS SHARE MODE');
    const said: string[] = [];
    expect(await migrate(url, (line) => said.push(line))).toEqual(migrationNames);
    expect(said).toEqual([]);
    await holder.end();
  });
});
