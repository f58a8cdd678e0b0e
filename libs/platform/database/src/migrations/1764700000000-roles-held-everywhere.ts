import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * A token says of a role that its subject has it, and not where: one that is held in one domain alone stands in none.
 * Without it no role comes twice (`PolicyDefinition_user_role_key`).
 */
export class RolesHeldEverywhere1764700000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(userRole('SELECT', 'AND p.domain IS NULL'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(userRole('SELECT DISTINCT', ''));
  }
}

function userRole(select: string, andDomain: string): string {
  return `
    CREATE OR REPLACE VIEW identity."UserRole" AS
    ${select} p.subject_id AS user_id, r.id::text AS id, r.identifier, r.priority
    FROM identity."PolicyDefinition" p JOIN identity."Role" r ON r.id::text = p.target_id
    WHERE p.variant = 'assign_role' AND p.subject_type = 'User' AND p.target_type = 'Role' AND r.status = 'active'
      ${andDomain}`;
}
