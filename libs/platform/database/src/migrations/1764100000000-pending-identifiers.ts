import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * An address that a person adds to an account waits for its code where a sign-up does, with the account it is for.
 * Nullable without a default: the version before goes on inserting sign-ups, and no row is rewritten. Send markers are
 * found by their age, since each new one clears some old ones away.
 */
export class PendingIdentifiers1764100000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      'ALTER TABLE identity."PendingSignUp" ADD COLUMN user_id bigint REFERENCES identity."User" (id)',
    );
    await runner.query(
      'CREATE INDEX "PendingSignUp_user_id_idx" ON identity."PendingSignUp" (user_id) WHERE user_id IS NOT NULL',
    );
    await runner.query('CREATE INDEX "NotificationSend_started_at_idx" ON identity."NotificationSend" (started_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX identity."NotificationSend_started_at_idx"');
    await runner.query('ALTER TABLE identity."PendingSignUp" DROP COLUMN user_id');
  }
}
