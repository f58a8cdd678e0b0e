import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who may do what: roles, permissions, the definitions that join them to subjects, and the services that may ask. */
export class Policies1764000001000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE identity."Role" (
        id bigint PRIMARY KEY,
        identifier text NOT NULL UNIQUE,
        name text NOT NULL,
        description text,
        priority integer NOT NULL DEFAULT 0,
        status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
        parent_id bigint REFERENCES identity."Role" (id),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query('CREATE INDEX "Role_parent_id_idx" ON identity."Role" (parent_id)');
    await runner.query(`
      CREATE TABLE identity."Permission" (
        id bigint PRIMARY KEY,
        code text NOT NULL UNIQUE,
        name text NOT NULL,
        subject text,
        action text,
        scope text,
        parent_id bigint REFERENCES identity."Permission" (id),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query('CREATE INDEX "Permission_parent_id_idx" ON identity."Permission" (parent_id)');
    // Subject and target ids are text, because a subject may be a person, a role or something of another service.
    await runner.query(`
      CREATE TABLE identity."PolicyDefinition" (
        id bigint PRIMARY KEY,
        variant text NOT NULL,
        subject_type text NOT NULL,
        subject_id text NOT NULL,
        target_type text NOT NULL,
        target_id text NOT NULL,
        action text,
        effect text CHECK (effect IN ('allow', 'deny')),
        domain text,
        metadata jsonb,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      )`);
    // The variant comes last: the runbook asks for everything about one subject.
    await runner.query(
      'CREATE INDEX "PolicyDefinition_subject_idx" ON identity."PolicyDefinition" (subject_id, subject_type, variant)',
    );
    await runner.query(
      'CREATE INDEX "PolicyDefinition_target_idx" ON identity."PolicyDefinition" (target_id, target_type, variant)',
    );
    // Of two who give a user the same role at once, one does it.
    await runner.query(`
      CREATE UNIQUE INDEX "PolicyDefinition_user_role_key" ON identity."PolicyDefinition" (subject_id, target_id)
      WHERE variant = 'assign_role' AND subject_type = 'User' AND target_type = 'Role' AND domain IS NULL`);
    // The roles of a user as tokens carry them; the door through which auth reads them in its own statements.
    await runner.query(`
      CREATE VIEW identity."UserRole" AS
      SELECT DISTINCT p.subject_id AS user_id, r.id::text AS id, r.identifier, r.priority
      FROM identity."PolicyDefinition" p JOIN identity."Role" r ON r.id::text = p.target_id
      WHERE p.variant = 'assign_role' AND p.subject_type = 'User' AND p.target_type = 'Role' AND r.status = 'active'`);
    await runner.query(`
      CREATE TABLE identity."ServiceAccount" (
        id bigint PRIMARY KEY,
        name text NOT NULL UNIQUE,
        digest bytea NOT NULL CHECK (length(digest) = 32),
        scopes text[] NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz,
        revoked_at timestamptz
      )`);
    await runner.query(`
      INSERT INTO identity."Role" (id, identifier, name, description, priority)
      VALUES (1, 'administrator', 'Administrator', 'May administer everything in this service.', 1000)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP VIEW identity."UserRole"');
    for (const table of ['ServiceAccount', 'PolicyDefinition', 'Permission', 'Role']) {
      await runner.query(`DROP TABLE identity."${table}"`);
    }
  }
}
