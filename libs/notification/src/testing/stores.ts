import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { migrate } from '@platform/database';
import { createTestDatabase, startRedis, writeSecret } from '@platform/testing';

/** A database, a Redis that may be frozen and killed, and a key: what one test file works on. */
export async function prepareStores() {
  const folder = mkdtempSync(join(tmpdir(), 'nx-identity-notification-'));
  const dir = join(folder, 'redis');
  const [database, redis] = await Promise.all([createTestDatabase(), startRedis({ dir })]);
  await migrate(database.url);
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  const client = new Redis(redis.url);
  client.on('error', () => undefined); // some tests kill the server
  let current = redis;
  return {
    options: { databaseUrl: database.url, redisUrl: redis.url, keyFile: writeSecret(folder, 'configuration.key') },
    get redis() {
      return current;
    },
    client,
    restartRedis: async (port: number) => {
      current = await startRedis({ dir, port });
    },
    /** The send marker of a job. */
    marker: async (id: string) => {
      const { rows } = await pool.query('SELECT * FROM identity."NotificationSend" WHERE job_id = $1', [id]);
      return rows[0] as Record<string, unknown> | undefined;
    },
    sql: async (text: string, parameters: unknown[] = []) => (await pool.query(text, parameters)).rows as unknown[],
    /** Everything that Redis holds, as bytes. */
    dump: async () => {
      // What is compressed cannot be searched.
      await client.config('SET', 'rdbcompression', 'no');
      const keys = await client.keys('*');
      const values = await Promise.all(keys.map((key) => client.dumpBuffer(key)));
      return Buffer.concat([Buffer.from(keys.join('\n')), ...values.flatMap((value) => value ?? [])]).toString(
        'latin1',
      );
    },
    stop: async () => {
      client.disconnect();
      await pool.end();
      await Promise.all([database.drop(), current.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type Stores = Awaited<ReturnType<typeof prepareStores>>;
