import type { MigrationInterface, QueryRunner } from 'typeorm';

const COLUMNS = [
  'code text',
  '"group" text',
  'description text',
  'data_type text',
  'n_value double precision',
  't_value text',
  'b_value bytea',
  'j_value jsonb',
  'bo_value boolean',
  'credential text',
  'created_at timestamptz DEFAULT now()',
  'updated_at timestamptz DEFAULT now()',
];

/** public."Configuration" is shared with other services: created if absent, completed if narrower, never narrowed. */
export class SharedConfiguration1764000003000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE IF NOT EXISTS public."Configuration" (
        id bigint PRIMARY KEY,
        code text NOT NULL UNIQUE
      )`);
    for (const column of COLUMNS) {
      await runner.query(`ALTER TABLE public."Configuration" ADD COLUMN IF NOT EXISTS ${column}`);
    }
  }

  /** Deliberately empty: the table may hold other services' rows. */
  async down(): Promise<void> {
    await Promise.resolve();
  }
}
