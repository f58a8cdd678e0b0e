import type { MigrationInterface, QueryRunner } from 'typeorm';

const COLUMNS = {
  code: 'text',
  group: 'text',
  description: 'text',
  data_type: 'text',
  n_value: 'double precision',
  t_value: 'text',
  b_value: 'bytea',
  j_value: 'jsonb',
  bo_value: 'boolean',
  credential: 'text',
  created_at: 'timestamptz DEFAULT now()',
  updated_at: 'timestamptz DEFAULT now()',
};

/**
 * public."Configuration" is shared with other services: created if absent, completed if narrower, never narrowed.
 * Nothing is asked of a table that has everything: another role may own it, and others are at work on it.
 */
export class SharedConfiguration1764000003000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const [{ present }] = (await runner.query(
      `SELECT to_regclass('public."Configuration"') IS NOT NULL AS present`,
    )) as [{ present: boolean }];
    if (!present) {
      await runner.query(
        'CREATE TABLE IF NOT EXISTS public."Configuration" (id bigint PRIMARY KEY, code text NOT NULL)',
      );
    }
    await this.addColumns(runner);
    await this.addUniqueCode(runner);
  }

  /** Deliberately empty: the table may hold other services' rows. */
  async down(): Promise<void> {
    await Promise.resolve();
  }

  private async addColumns(runner: QueryRunner): Promise<void> {
    const rows = (await runner.query(
      `SELECT attname FROM pg_attribute
       WHERE attrelid = 'public."Configuration"'::regclass AND attnum > 0 AND NOT attisdropped`,
    )) as { attname: string }[];
    const present = new Set(rows.map(({ attname }) => attname));
    const missing = Object.entries(COLUMNS).filter(([name]) => !present.has(name));
    if (missing.length === 0) return;
    const additions = missing.map(([name, type]) => `ADD COLUMN "${name}" ${type}`).join(', ');
    await runner.query(`ALTER TABLE public."Configuration" ${additions}`);
  }

  /** Rows that share a code are another service's affair: no index then, rather than no service. */
  private async addUniqueCode(runner: QueryRunner): Promise<void> {
    const unique = (await runner.query(
      `SELECT FROM pg_index i
       JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] AND a.attname = 'code'
       WHERE i.indrelid = 'public."Configuration"'::regclass
         AND i.indisunique AND i.indnkeyatts = 1 AND i.indpred IS NULL`,
    )) as unknown[];
    if (unique.length > 0) return;
    const shared = (await runner.query(
      'SELECT code FROM public."Configuration" WHERE code IS NOT NULL GROUP BY code HAVING count(*) > 1 LIMIT 1',
    )) as unknown[];
    if (shared.length > 0) return;
    await runner.query('ALTER TABLE public."Configuration" ADD CONSTRAINT "Configuration_code_key" UNIQUE (code)');
  }
}
