import { setTimeout } from 'node:timers/promises';
import { DataSource, type QueryRunner } from 'typeorm';
import { dataSourceOptions } from './data-source-options.js';
import { Accounts1764000000000 } from './migrations/1764000000000-accounts.js';
import { Policies1764000001000 } from './migrations/1764000001000-policies.js';
import { Operations1764000002000 } from './migrations/1764000002000-operations.js';
import { SharedConfiguration1764000003000 } from './migrations/1764000003000-shared-configuration.js';

/** Every migration, oldest first. Append only: what has run somewhere is never edited. */
export const migrations = [
  Accounts1764000000000,
  Policies1764000001000,
  Operations1764000002000,
  SharedConfiguration1764000003000,
];

export const migrationNames: readonly string[] = migrations.map((migration) => migration.name);

/** "identity" in ASCII: all migrators of one database queue behind this advisory lock. */
const ADVISORY_LOCK = '7594310438062814329';
/** A migration that waits longer than this for a table gives way to the traffic on it, and is tried again. */
const LOCK_TIMEOUT_MS = 5000;
const LOCK_ATTEMPTS = 5;
const CONNECT_ATTEMPTS = 60;

/** A DataSource for migrations alone: its own small pool, with `lock_timeout` set on every connection. */
export function migrationDataSource(url: string): DataSource {
  const options = dataSourceOptions(url, 2);
  return new DataSource({ ...options, migrations, extra: { ...options.extra, lock_timeout: LOCK_TIMEOUT_MS } });
}

/**
 * Brings the schema up to date. Safe to start any number of times at once, and again after it was killed.
 * @param url PostgreSQL URL of a role that owns the schema; a direct connection, since the lock belongs to a session
 * @param say receives one line for each thing worth telling
 * @returns the names of the migrations applied now, none when the schema was current
 */
export async function migrate(url: string, say: (line: string) => void = () => undefined): Promise<string[]> {
  return await underLock(url, say, async (dataSource, runner) => {
    await runner.query('CREATE SCHEMA IF NOT EXISTS identity');
    for (let attempt = 1; ; attempt += 1) {
      try {
        const applied = await dataSource.runMigrations({ transaction: 'each' });
        return applied.map((migration) => migration.name);
      } catch (error) {
        if ((error as { code?: string }).code !== '55P03' || attempt === LOCK_ATTEMPTS) throw error;
        say(`a table is busy; trying again (${attempt} of ${LOCK_ATTEMPTS})`);
        await setTimeout(attempt * 1000);
      }
    }
  });
}

/** Undoes every migration, newest first; for the comparison of fresh, migrated and rolled-back schemas. */
export async function revertAll(url: string): Promise<void> {
  await underLock(
    url,
    () => undefined,
    async (dataSource) => {
      for (const _migration of migrations) await dataSource.undoLastMigration({ transaction: 'each' });
    },
  );
}

async function underLock<T>(
  url: string,
  say: (line: string) => void,
  work: (dataSource: DataSource, runner: QueryRunner) => Promise<T>,
): Promise<T> {
  const dataSource = await connect(url, say);
  const runner = dataSource.createQueryRunner();
  try {
    await runner.query('SET lock_timeout = 0');
    await runner.query(`SELECT pg_advisory_lock(${ADVISORY_LOCK})`);
    return await work(dataSource, runner);
  } finally {
    await runner.query(`SELECT pg_advisory_unlock(${ADVISORY_LOCK})`).catch(() => undefined);
    await runner.release();
    await dataSource.destroy();
  }
}

async function connect(url: string, say: (line: string) => void): Promise<DataSource> {
  for (let attempt = 1; ; attempt += 1) {
    const dataSource = migrationDataSource(url);
    try {
      return await dataSource.initialize();
    } catch (error) {
      if (attempt === CONNECT_ATTEMPTS) throw error;
      say(`waiting for PostgreSQL: ${(error as Error).message}`);
      await setTimeout(1000);
    }
  }
}
