import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Whose slice of the policies a definition belongs to; resources and actions are few and read as a whole. */
const POLICY_NAME = `CASE variant WHEN 'resource_inherits' THEN 'resources' WHEN 'action_inherits' THEN 'actions'
  ELSE subject_type || '_' || subject_id END`;
/** What a change of a table's row affects. */
const TOLD = { PolicyDefinition: POLICY_NAME, Role: `'Role_' || id`, Permission: `'*'` };
/** A trigger sees the rows that its statement changed, and may do so for one sort of statement only. */
const EVENTS = [
  { event: 'INSERT', tables: 'NEW TABLE AS changed' },
  { event: 'UPDATE', tables: 'OLD TABLE AS before NEW TABLE AS changed' },
  { event: 'DELETE', tables: 'OLD TABLE AS changed' },
];
/** More names than this, or than fit into a message (8,000 bytes), are told as `*`. */
const MAX_NAMES = 200;
const MAX_BYTES = 7000;
/** A snowflake of the first second of 2025: neither ours nor one that somebody types. */
const BUILT_IN = '4194305';

/**
 * Every change of who may do what is told on the channel `identity_policy`, whoever makes it, so that a row written by
 * hand counts as fast as one of ours. The message: the transaction's id and the names affected, a space between; `*`
 * means all. The definitions get a key, so that nothing is granted twice and revoked once, and the administrator gets
 * what the role was made for.
 */
export class PolicyChanges1764200000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Nothing prevented equal rows before; the oldest says what all of them do.
    await runner.query(`
      DELETE FROM identity."PolicyDefinition" WHERE id IN (
        SELECT id FROM (
          SELECT id, row_number() OVER (PARTITION BY subject_id, subject_type, variant, target_id, target_type,
            action, effect, domain ORDER BY id) AS place
          FROM identity."PolicyDefinition") AS placed
        WHERE place > 1)`);
    // It begins as the index that it replaces does.
    await runner.query(`
      CREATE UNIQUE INDEX "PolicyDefinition_key" ON identity."PolicyDefinition"
        (subject_id, subject_type, variant, target_id, target_type, action, effect, domain) NULLS NOT DISTINCT`);
    await runner.query('DROP INDEX identity."PolicyDefinition_subject_idx"');
    // A list by target or variant is read in the order of ids, a page at a time; the catalogue is read by variant.
    await runner.query(
      'CREATE INDEX "PolicyDefinition_target_id_idx" ON identity."PolicyDefinition" (target_id, target_type, id)',
    );
    await runner.query('DROP INDEX identity."PolicyDefinition_target_idx"');
    await runner.query('CREATE INDEX "PolicyDefinition_variant_idx" ON identity."PolicyDefinition" (variant, id)');
    await runner.query(`
      CREATE FUNCTION identity.tell_policy_change(names text[]) RETURNS void LANGUAGE plpgsql AS $$
      DECLARE told text := array_to_string(names, ' ');
      BEGIN
        IF names IS NULL THEN RETURN; END IF;
        IF cardinality(names) >= ${MAX_NAMES} OR octet_length(told) > ${MAX_BYTES} THEN told := '*'; END IF;
        PERFORM pg_notify('identity_policy', pg_current_xact_id()::text || ' ' || told);
      END $$`);
    for (const [table, name] of Object.entries(TOLD)) await tellOf(runner, table, name);
    await runner.query(`
      CREATE FUNCTION identity."tell_User"() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN PERFORM identity.tell_policy_change(ARRAY['User_' || NEW.id]); RETURN NULL; END $$`);
    await runner.query(`
      CREATE TRIGGER "User_tell_status" AFTER UPDATE OF status ON identity."User" FOR EACH ROW
      WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION identity."tell_User"()`);
    await runner.query(`
      INSERT INTO identity."Permission" (id, code, name) VALUES (${BUILT_IN}, '*', 'Everything') ON CONFLICT DO NOTHING`);
    await runner.query(`
      INSERT INTO identity."PolicyDefinition"
        (id, variant, subject_type, subject_id, target_type, target_id, action, effect, domain)
      SELECT ${BUILT_IN}, 'grant', 'Role', '1', 'Permission', id::text, '*', 'allow', 'SYSTEM_WIDE'
      FROM identity."Permission" WHERE code = '*' ON CONFLICT DO NOTHING`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM identity."PolicyDefinition" WHERE id = ${BUILT_IN}`);
    await runner.query(`DELETE FROM identity."Permission" WHERE id = ${BUILT_IN}`);
    await runner.query('DROP TRIGGER "User_tell_status" ON identity."User"');
    for (const table of Object.keys(TOLD)) {
      for (const event of ['insert', 'update', 'delete', 'truncate'])
        await runner.query(`DROP TRIGGER "${table}_tell_${event}" ON identity."${table}"`);
    }
    for (const table of ['User', ...Object.keys(TOLD)]) await runner.query(`DROP FUNCTION identity."tell_${table}"()`);
    await runner.query('DROP FUNCTION identity.tell_policy_change(text[])');
    await runner.query(
      'CREATE INDEX "PolicyDefinition_subject_idx" ON identity."PolicyDefinition" (subject_id, subject_type, variant)',
    );
    await runner.query(
      'CREATE INDEX "PolicyDefinition_target_idx" ON identity."PolicyDefinition" (target_id, target_type, variant)',
    );
    for (const index of ['target_id', 'variant'])
      await runner.query(`DROP INDEX identity."PolicyDefinition_${index}_idx"`);
    await runner.query('DROP INDEX identity."PolicyDefinition_key"');
  }
}

async function tellOf(runner: QueryRunner, table: string, name: string): Promise<void> {
  const tell = (rows: string) => `PERFORM identity.tell_policy_change(array_agg(name))
    FROM (SELECT DISTINCT ${name} AS name FROM ${rows} LIMIT ${MAX_NAMES}) AS affected`;
  await runner.query(`
    CREATE FUNCTION identity."tell_${table}"() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'TRUNCATE' THEN PERFORM identity.tell_policy_change(ARRAY['*']);
      ELSIF TG_OP = 'UPDATE' THEN ${tell('(SELECT * FROM before UNION ALL SELECT * FROM changed) AS either')};
      ELSE ${tell('changed')}; END IF;
      RETURN NULL;
    END $$`);
  for (const { event, tables } of EVENTS) {
    await runner.query(`
      CREATE TRIGGER "${table}_tell_${event.toLowerCase()}" AFTER ${event} ON identity."${table}"
      REFERENCING ${tables} FOR EACH STATEMENT EXECUTE FUNCTION identity."tell_${table}"()`);
  }
  await runner.query(`
    CREATE TRIGGER "${table}_tell_truncate" AFTER TRUNCATE ON identity."${table}"
    FOR EACH STATEMENT EXECUTE FUNCTION identity."tell_${table}"()`);
}
