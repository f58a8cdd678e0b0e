import pg from 'pg';
import { AuditLog } from '@platform/audit';
import { type Database, migrate, type Queryable } from '@platform/database';
import { DomainError } from '@platform/kernel';
import { createTestDatabase } from '@platform/testing';
import { ListConfigurations } from '../application/configuration/list-configurations.js';
import { ReencryptCredentials } from '../application/configuration/reencrypt-credentials.js';
import { SetConfiguration } from '../application/configuration/set-configuration.js';
import { CredentialBox, type CredentialSecrets } from '../domain/configuration/credential-box.js';
import { PostgresConfigurations } from '../persistence/configuration/postgres-configurations.js';
import { PostgresConfigurationStore } from '../persistence/configuration/postgres-configuration-store.js';

const CODES = {
  codeTtlSeconds: { email: 600, phone: 300 },
  resendCooldownSeconds: 60,
  maxAttempts: 5,
  lockSeconds: 900,
  dailyQuota: 10,
};
const LIMITS = {
  otp: { 'verify-email': CODES, 'phone-auth': CODES, 'forgot-password': CODES, pepperFile: '' },
  signIn: { maxFailures: 10, lockSeconds: 900 },
};

/**
 * Everything about public."Configuration" on a database of its own, under a clock that the test moves.
 * @param prepare SQL of another service that was here first
 */
export async function startConfiguration(prepare = '') {
  const testDatabase = await createTestDatabase();
  const pool = new pg.Pool({ connectionString: testDatabase.url, max: 8 });
  // `end` does not wait for the connections, and the database that is dropped ends them too.
  pool.on('error', () => undefined);
  if (prepare) await pool.query(prepare);
  await migrate(testDatabase.url);
  const state = { now: 0, away: false };
  const database = databaseOf(pool, state) as unknown as Database;
  let last = 0;
  const ids = { next: () => String((last += 1)) };
  const clock = { monotonic: () => state.now, now: () => new Date() };
  return {
    pool,
    state,
    /** What a process with these keys has. */
    under: (secrets: CredentialSecrets, development = true) => {
      const box = new CredentialBox(secrets);
      const store = new PostgresConfigurationStore(database, ids);
      const audit = new AuditLog(database, ids);
      return {
        box,
        store,
        configurations: new PostgresConfigurations(database, box, clock),
        set: new SetConfiguration(database, store, box, audit, { ...LIMITS, development }),
        list: new ListConfigurations(store, box),
        reencrypt: new ReencryptCredentials(store, box, audit),
      };
    },
    stop: async () => {
      await pool.end();
      await testDatabase.drop();
    },
  };
}

function databaseOf(pool: pg.Pool, state: { away: boolean }) {
  const through = (client: pg.Pool | pg.PoolClient): Queryable => ({
    query: async (text, values) => {
      if (state.away) throw new DomainError({ code: 'database.unavailable', kind: 'unavailable', message: 'away' });
      return (await client.query(text, values)).rows as never;
    },
  });
  return {
    ...through(pool),
    transaction: async <T>(work: (each: Queryable) => Promise<T>): Promise<T> => {
      const client = await pool.connect();
      try {
        await client.query('BEGIN');
        const result = await work(through(client));
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK');
        throw error;
      } finally {
        client.release();
      }
    },
  };
}
