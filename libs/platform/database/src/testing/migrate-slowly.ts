import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrate, migrations } from '../migrate.js';

/** Says in a table that it runs, then stays in its last statement for a minute. */
class Slow1764900000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE identity.half_done (id int)');
    await runner.query('SELECT pg_sleep(60)');
  }

  async down(): Promise<void> {
    await Promise.resolve();
  }
}

/** The service's migrations and one that does not end: for a test that kills it. */
export async function migrateSlowly(url: string): Promise<string[]> {
  return await migrate(url, undefined, [...migrations, Slow1764900000000]);
}

/** The service's migrations, as a process of its own runs them. */
export async function migrateAll(url: string): Promise<string[]> {
  return await migrate(url);
}
