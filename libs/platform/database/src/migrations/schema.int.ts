import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '@platform/testing';
import { migrate } from '../migrate.js';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  await migrate(database.url);
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`
    INSERT INTO "User" (id) VALUES (10);
    INSERT INTO "AuditEvent" (id, action, outcome, actor_type) VALUES (1, 'users.disabled', 'success', 'operator')`);
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

async function plan(statement: string): Promise<string> {
  await client.query('SET enable_seqscan = off'); // the tables are empty; what matters is that an index serves
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${statement}`);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

describe('audit events', () => {
  it.each([
    `UPDATE "AuditEvent" SET outcome = 'failure'`,
    'DELETE FROM "AuditEvent" WHERE id = 1',
    'DELETE FROM "AuditEvent" WHERE false',
    'TRUNCATE "AuditEvent"',
    `INSERT INTO "AuditEvent" (id, action, outcome, actor_type) VALUES (1, 'x', 'success', 'user')
     ON CONFLICT (id) DO UPDATE SET action = excluded.action`,
  ])('stay as they were written: %s [ASVS 16.4.2]', async (statement) => {
    await expect(client.query(statement)).rejects.toThrow('AuditEvent is append-only');
    const { rows } = await client.query('SELECT id, action, outcome FROM "AuditEvent"');
    expect(rows).toEqual([{ id: '1', action: 'users.disabled', outcome: 'success' }]);
  });
});

describe('the end of a session', () => {
  const ends = async () =>
    (await client.query('SELECT session_id, user_id, reason FROM "SessionEnd" ORDER BY session_id, ended_in')).rows;
  const begin = (id: number) =>
    client.query(
      `INSERT INTO "Session" (id, user_id, device_id, amr, audience, expires_at) VALUES ($1, 20, 'd', '{pwd}', 'a', now())`,
      [id],
    );

  it('is noted once, by the clock and with its transaction, and told of once for each transaction', async () => {
    await client.query('INSERT INTO "User" (id) VALUES (20)');
    for (const id of [1, 2, 3]) await begin(id);
    const told: string[] = [];
    client.on('notification', ({ channel }) => told.push(channel));
    await client.query('LISTEN identity_revocation');
    await client.query('BEGIN');
    const { rows } = await client.query<{ xid: string }>('SELECT pg_current_xact_id()::text AS xid, pg_sleep(0.05)');
    await client.query(`UPDATE "Session" SET ended_at = '2020-01-01', end_reason = 'theft' WHERE id <= 2`);
    await client.query('UPDATE "Session" SET ended_at = now() WHERE id <= 2');
    await client.query('UPDATE "Session" SET counter = 7');
    await client.query('COMMIT');
    expect(await ends()).toEqual([1, 2].map((id) => ({ session_id: String(id), user_id: '20', reason: 'theft' })));
    const noted = await client.query(
      `SELECT FROM "SessionEnd" WHERE ended_in = $1::xid8 AND ended_at > now() - interval '5 s'`,
      [rows[0]?.xid],
    );
    expect([noted.rowCount, told]).toEqual([2, ['identity_revocation']]);
  });

  it('clears old ones a hundred at a time, however many sessions one transaction ends', async () => {
    await client.query('INSERT INTO "User" (id) VALUES (21)');
    await client.query(
      `INSERT INTO "SessionEnd" SELECT '1', n, 21, 'theft', now() - interval '2 days' FROM generate_series(1, 2000) n`,
    );
    await client.query(
      `INSERT INTO "Session" (id, user_id, device_id, amr, audience, expires_at)
       SELECT 1000 + n, 21, 'd', '{pwd}', 'a', now() FROM generate_series(1, 15) n`,
    );
    for (let isClearing = false; !isClearing;) {
      await client.query('ROLLBACK; BEGIN');
      const { rows } = await client.query<{ xid: string }>('SELECT pg_current_xact_id()::text AS xid');
      isClearing = BigInt(rows[0]!.xid) % 16n === 0n;
    }
    await client.query(`UPDATE "Session" SET ended_at = now() WHERE user_id = 21`);
    await client.query('COMMIT');
    const { rows } = await client.query(`SELECT count(*)::int AS left FROM "SessionEnd" WHERE ended_in = '1'`);
    expect(rows).toEqual([{ left: 1900 }]);
    await client.query(`DELETE FROM "SessionEnd" WHERE user_id = 21`);
  });

  it('comes with that of its user, at the commit, and with its deletion', async () => {
    await client.query('BEGIN');
    await client.query(`UPDATE "User" SET status = 'deleted' WHERE id = 20`);
    expect(await ends()).toHaveLength(2);
    await client.query('COMMIT');
    expect((await ends()).at(-1)).toEqual({ session_id: '3', user_id: '20', reason: 'deleted' });
    await begin(4);
    await client.query('DELETE FROM "Session" WHERE id >= 3');
    expect((await ends()).at(-1)).toEqual({ session_id: '4', user_id: '20', reason: 'ended-by-operator' });
    expect(await ends()).toHaveLength(4);
  });
});

describe('constraints', () => {
  it.each([
    ['User_status_check', `INSERT INTO "User" (id, status) VALUES (11, 'gone')`],
    ['User_type_check', `INSERT INTO "User" (id, type) VALUES (11, 'ROBOT')`],
    ['User_profile_check', `INSERT INTO "User" (id, profile) VALUES (11, '[]')`],
    [
      'UserIdentifier_value_check',
      `INSERT INTO "UserIdentifier" (id, user_id, scheme, value, display) VALUES (1, 10, 'email', '', '')`,
    ],
    [
      'UserIdentifier_scheme_check',
      `INSERT INTO "UserIdentifier" (id, user_id, scheme, value, display) VALUES (1, 10, 'fax', 'a', 'a')`,
    ],
    [
      'UserIdentifier_user_id_fkey',
      `INSERT INTO "UserIdentifier" (id, user_id, scheme, value, display) VALUES (1, 99, 'email', 'a', 'a')`,
    ],
    [
      'Session_counter_check',
      `INSERT INTO "Session" (id, user_id, counter, device_id, amr, audience, expires_at)
       VALUES (1, 10, -1, 'd', '{pwd}', 'a', now())`,
    ],
    [
      'PolicyDefinition_effect_check',
      `INSERT INTO "PolicyDefinition" (id, variant, subject_type, subject_id, target_type, target_id, effect)
       VALUES (1, 'grant', 'User', '1', 'Permission', '1', 'perhaps')`,
    ],
    [
      'ServiceAccount_digest_check',
      `INSERT INTO "ServiceAccount" (id, name, digest, scopes) VALUES (1, 'a', 'plain', '{}')`,
    ],
    ['WorkerLease_worker_id_check', `INSERT INTO "WorkerLease" VALUES (1024, gen_random_uuid(), now())`],
  ])('%s refuses what the code never writes', async (constraint, statement) => {
    await expect(client.query(statement)).rejects.toMatchObject({ constraint });
  });
});

describe('indexes', () => {
  it('lead with the columns of every foreign key', async () => {
    const { rows } = await client.query(`
      SELECT o.conname FROM pg_constraint o JOIN pg_namespace n ON n.oid = o.connamespace
      WHERE o.contype = 'f' AND n.nspname = 'identity' AND NOT EXISTS (
        SELECT FROM pg_index i WHERE i.indrelid = o.conrelid AND i.indkey[0] = o.conkey[1])`);
    expect(rows).toEqual([]);
  });

  it.each([
    [`SELECT * FROM "UserIdentifier" WHERE scheme = 'email' AND value = 'a'`, 'UserIdentifier_scheme_value_key'],
    ['SELECT * FROM "UserIdentifier" WHERE user_id = 1', 'UserIdentifier_user_id_idx'],
    [`SELECT * FROM "UserCredential" WHERE user_id = 1 AND scheme = 'password'`, 'UserCredential_user_id_scheme_key'],
    ['SELECT * FROM "Session" WHERE user_id = 1 AND ended_at IS NULL AND id < 5 ORDER BY id DESC', 'Session_live_idx'],
    [`SELECT * FROM "UserRole" WHERE user_id = '1'`, 'PolicyDefinition_user_role_key'],
    [`SELECT * FROM "PolicyDefinition" WHERE subject_id = '1' AND subject_type = 'User'`, 'PolicyDefinition_key'],
    [
      `SELECT * FROM "PolicyDefinition" WHERE target_type = 'Role' AND target_id = '1'`,
      'PolicyDefinition_target_id_idx',
    ],
    ['SELECT * FROM "AuditEvent" WHERE user_id = 1 ORDER BY id DESC LIMIT 20', 'AuditEvent_user_id_idx'],
    [`SELECT * FROM "AuditEvent" WHERE action = 'a' AND id > 5`, 'AuditEvent_action_idx'],
    [
      `SELECT * FROM "SessionEnd" WHERE (ended_in, session_id) > ('5', 7) AND ended_in < '9' ORDER BY ended_in, session_id`,
      'SessionEnd_pkey',
    ],
    [`SELECT ended_in FROM "SessionEnd" WHERE ended_at > now() - interval '17 min'`, 'SessionEnd_ended_at_idx'],
    [
      `SELECT * FROM "AuditEvent" WHERE user_id::text || ' ' || action = '1 a' AND id > 5`,
      'AuditEvent_user_action_idx',
    ],
    ['DELETE FROM "PendingSignUp" WHERE expires_at < now()', 'PendingSignUp_expires_at_idx'],
    [
      `SELECT FROM "NotificationSend" WHERE started_at < now() - interval '30 days' ORDER BY started_at LIMIT 4`,
      'NotificationSend_started_at_idx',
    ],
  ])('%s is answered from %s', async (statement, index) => {
    expect(await plan(statement)).toContain(index);
  });
});
