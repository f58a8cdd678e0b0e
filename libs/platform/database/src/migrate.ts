import { setTimeout } from 'node:timers/promises';
import { DataSource, MigrationExecutor, type MigrationInterface, type QueryRunner } from 'typeorm';
import { dataSourceOptions } from './data-source-options.js';
import { sharesConnections } from './shares-connections.js';
import { Accounts1764000000000 } from './migrations/1764000000000-accounts.js';
import { Policies1764000001000 } from './migrations/1764000001000-policies.js';
import { Operations1764000002000 } from './migrations/1764000002000-operations.js';
import { SharedConfiguration1764000003000 } from './migrations/1764000003000-shared-configuration.js';
import { PendingIdentifiers1764100000000 } from './migrations/1764100000000-pending-identifiers.js';
import { PolicyChanges1764200000000 } from './migrations/1764200000000-policy-changes.js';
import { SearchIndexes1764300000000 } from './migrations/1764300000000-search-indexes.js';
import { SessionEnds1764400000000 } from './migrations/1764400000000-session-ends.js';
import { AuditByAction1764500000000 } from './migrations/1764500000000-audit-by-action.js';
import { ClearEndsOnce1764600000000 } from './migrations/1764600000000-clear-ends-once.js';
import { RolesHeldEverywhere1764700000000 } from './migrations/1764700000000-roles-held-everywhere.js';

/** Migrations, oldest first; the name of a class, which ends in a timestamp, is the name of its migration. */
export type MigrationList = readonly (new () => MigrationInterface)[];

/** Every migration, oldest first. Append only: what has run somewhere is never edited. */
export const migrations: MigrationList = [
  Accounts1764000000000,
  Policies1764000001000,
  Operations1764000002000,
  SharedConfiguration1764000003000,
  PendingIdentifiers1764100000000,
  PolicyChanges1764200000000,
  SearchIndexes1764300000000,
  SessionEnds1764400000000,
  AuditByAction1764500000000,
  ClearEndsOnce1764600000000,
  RolesHeldEverywhere1764700000000,
];

export const migrationNames: readonly string[] = migrations.map((migration) => migration.name);

/**
 * The oldest schema that this code serves on: that of the release before at the latest (ADR 34). What a migration brings
 * is relied on one release later; `.ci/upgrade/check` serves on the schema before to prove it.
 */
const SERVES_FROM = AuditByAction1764500000000;
/** Without one of these the service is not ready. */
export const neededMigrations: readonly string[] = migrationNames.slice(0, migrations.indexOf(SERVES_FROM) + 1);

/** "identity" in ASCII: all migrators of one database wait for this advisory lock. */
const ADVISORY_LOCK = '7594310438062814329';
/**
 * A migration that waits for a table makes all who come after it wait too. It gives way before the first of those
 * reaches the deadline of a request (850 ms), and is tried again.
 */
const LOCK_TIMEOUT_MS = 400;
const LOCK_ATTEMPTS = 60;
const LOCK_PAUSE_MS = 600;
/** `lock_not_available`, and `deadlock_detected`: the traffic on a table came first. */
const BUSY_STATES = ['55P03', '40P01'];
const CONNECT_ATTEMPTS = 60;
const DIRECT =
  'migrations want a direct connection: DATABASE_URL leads to a pooler that shares connections (PgBouncer in ' +
  'transaction mode), where lock and timeouts would be those of another client. Nothing was done.';

type Say = (line: string) => void;

/**
 * Brings the schema up to date. Safe to start any number of times at once, and again after it was killed.
 * @param url PostgreSQL URL of the service's role; a direct connection, since the lock belongs to a session
 * @param say receives one line for each thing worth telling
 * @param list other migrations than the service's own; for tests
 * @throws Error when a pooler shares the connection, before anything is done
 * @returns the names of the migrations applied now, none when the schema was current
 */
export async function migrate(
  url: string,
  say: Say = () => undefined,
  list: MigrationList = migrations,
): Promise<string[]> {
  return await underLock(url, say, list, async (executor, runner) => {
    if (!(await runner.hasSchema('identity'))) await runner.query('CREATE SCHEMA identity');
    return await patiently(say, async () => {
      const applied = await executor.executePendingMigrations();
      return applied.map((migration) => migration.name);
    });
  });
}

/**
 * Undoes migrations, newest first; for the comparison of fresh, migrated and rolled-back schemas.
 * @param count how many; all of them, and the record of them, by default
 */
export async function revert(url: string, count = migrations.length): Promise<void> {
  const say = () => undefined;
  await underLock(url, say, migrations, async (executor, runner) => {
    for (let undone = 0; undone < count; undone += 1) await patiently(say, () => executor.undoLastMigration());
    if (count >= migrations.length) await runner.query('DROP TABLE identity."SchemaMigration"');
  });
}

async function patiently<T>(say: Say, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!BUSY_STATES.includes((error as { code?: string }).code ?? '') || attempt === LOCK_ATTEMPTS) throw error;
      say(`a table is busy; trying again (${attempt} of ${LOCK_ATTEMPTS})`);
      await setTimeout(LOCK_PAUSE_MS);
    }
  }
}

/**
 * Everything happens on the one connection that holds the lock: were the lock on another one, a migrator that is
 * killed would lose it while its last statement still runs.
 */
async function underLock<T>(
  url: string,
  say: Say,
  list: MigrationList,
  work: (executor: MigrationExecutor, runner: QueryRunner) => Promise<T>,
): Promise<T> {
  const dataSource = await connect(url, say, list);
  const runner = dataSource.createQueryRunner();
  try {
    if (await sharesConnections(url)) throw new Error(DIRECT);
    await lock(runner, say);
    const executor = new MigrationExecutor(dataSource, runner);
    executor.transaction = 'each';
    return await work(executor, runner);
  } finally {
    // The lock goes with the connection, also when an error left that in a state in which no statement is taken.
    await runner.release();
    await dataSource.destroy();
  }
}

async function lock(runner: QueryRunner, say: Say): Promise<void> {
  // A server that cannot do this (it is a matter of its platform) notices a killed migrator later, that is all.
  await runner.query(`SET client_connection_check_interval = '1s'`).catch(() => undefined);
  // Asked again and again: one that waits in a statement is what an index that is built beside the traffic waits for.
  for (let attempt = 1; !(await tryLock(runner)); attempt += 1) {
    if (attempt === 1) say('another migrator is at work; waiting for it');
    await setTimeout(LOCK_PAUSE_MS);
  }
  await runner.query(`SET lock_timeout = ${LOCK_TIMEOUT_MS}`);
}

async function tryLock(runner: QueryRunner): Promise<boolean> {
  const rows: unknown = await runner.query(`SELECT pg_try_advisory_lock(${ADVISORY_LOCK}) AS locked`);
  return (rows as [{ locked: boolean }])[0].locked;
}

async function connect(url: string, say: Say, list: MigrationList): Promise<DataSource> {
  for (let attempt = 1; ; attempt += 1) {
    const dataSource = new DataSource({ ...dataSourceOptions(url, 1), migrations: [...list] });
    try {
      return await dataSource.initialize();
    } catch (error) {
      if (attempt === CONNECT_ATTEMPTS) throw error;
      say(`waiting for PostgreSQL: ${(error as Error).message}`);
      await setTimeout(1000);
    }
  }
}
