import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The events of one kind that happened to one user, by one text: of an index of two columns the planner would at times
 * prefer one that it knows by the first alone. Everything that people do is written to this table, and it is the
 * largest: the index is built beside the traffic, outside of a transaction.
 */
export class AuditByAction1764500000000 implements MigrationInterface {
  readonly transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    const [{ patience }] = (await runner.query(`SELECT current_setting('lock_timeout') AS patience`)) as [
      { patience: string },
    ];
    // It waits for every transaction that is older, and nobody waits for it meanwhile.
    await runner.query('SET lock_timeout = 0');
    try {
      // What an attempt leaves that was stopped is an index that serves nobody.
      await runner.query('DROP INDEX CONCURRENTLY IF EXISTS identity."AuditEvent_user_action_idx"');
      await runner.query(
        `CREATE INDEX CONCURRENTLY "AuditEvent_user_action_idx" ON identity."AuditEvent"
           ((user_id::text || ' ' || action), id)`,
      );
    } finally {
      await runner.query(`SET lock_timeout = '${patience}'`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX identity."AuditEvent_user_action_idx"');
  }
}
