import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the service keeps about its own work: audit events, send markers, leases of snowflake workers. */
export class Operations1764000002000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE identity."AuditEvent" (
        id bigint PRIMARY KEY,
        occurred_at timestamptz NOT NULL DEFAULT now(),
        action text NOT NULL,
        outcome text NOT NULL CHECK (outcome IN ('success', 'failure')),
        actor_type text NOT NULL,
        actor_id text,
        user_id bigint,
        ip text,
        request_id text,
        details jsonb NOT NULL DEFAULT '{}'
      )`);
    await runner.query('CREATE INDEX "AuditEvent_user_id_idx" ON identity."AuditEvent" (user_id, id)');
    await runner.query('CREATE INDEX "AuditEvent_action_idx" ON identity."AuditEvent" (action, id)');
    await runner.query(`
      CREATE FUNCTION identity.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$`);
    await runner.query(`
      CREATE TRIGGER "AuditEvent_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON identity."AuditEvent"
      FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change()`);
    await runner.query(`
      CREATE TABLE identity."NotificationSend" (
        job_id text PRIMARY KEY,
        channel text NOT NULL CHECK (channel IN ('mail', 'sms')),
        template text NOT NULL,
        provider text,
        provider_message_id text,
        outcome text,
        started_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz
      )`);
    await runner.query(`
      CREATE TABLE identity."WorkerLease" (
        worker_id integer PRIMARY KEY CHECK (worker_id BETWEEN 0 AND 1023),
        owner uuid NOT NULL,
        expires_at timestamptz NOT NULL
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['WorkerLease', 'NotificationSend', 'AuditEvent']) {
      await runner.query(`DROP TABLE identity."${table}"`);
    }
    await runner.query('DROP FUNCTION identity.refuse_change()');
  }
}
