import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What administrators search by. Prefixes are compared byte by byte, whatever the database's collation is, so that a
 * range of the index is exactly what begins with one. The owner lies beside the value: a search looks at many
 * identifiers for a page of accounts. A sign-in changes no column of these indexes.
 */
export class SearchIndexes1764300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE INDEX "UserIdentifier_value_idx" ON identity."UserIdentifier" (value COLLATE "C", id) INCLUDE (user_id)`,
    );
    await runner.query('CREATE INDEX "User_status_idx" ON identity."User" (status, id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX identity."User_status_idx"');
    await runner.query('DROP INDEX identity."UserIdentifier_value_idx"');
  }
}
