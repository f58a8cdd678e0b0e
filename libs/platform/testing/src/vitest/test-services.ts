import { randomBytes } from 'node:crypto';
import { createDatabase, dropDatabase } from '../postgres/databases.js';
import './provided.js';

export interface TestDatabase {
  url: string;
  /** Removes it, whoever is still connected. */
  drop(): Promise<void>;
}

/** An empty database of a test's own, on the server of this test run. */
export async function createTestDatabase(): Promise<TestDatabase> {
  // Imported when called: what runs outside Vitest may import this library too.
  const { inject } = await import('vitest');
  const server = inject('postgresUrl');
  const name = `test_${randomBytes(8).toString('hex')}`;
  const { url } = await createDatabase(server, name);
  return { url, drop: () => dropDatabase(server, name) };
}

/**
 * The run's Redis with a database number that no other test file uses meanwhile, so that keys do not collide.
 * Channels (PUBLISH) know no database numbers and stay common to all.
 */
export async function testRedisUrl(): Promise<string> {
  const { inject } = await import('vitest');
  return `${inject('redisUrl')}/${Number(process.env['VITEST_WORKER_ID'] ?? 0) % 1024}`;
}
