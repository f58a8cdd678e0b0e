import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AuditLog } from '@platform/audit';
import { type Database, migrate, type Queryable } from '@platform/database';
import { createTestDatabase, type TestDatabase } from '@platform/testing';
import { ListServiceAccounts } from '../application/list-service-accounts.js';
import { RevokeServiceAccount } from '../application/revoke-service-account.js';
import { PostgresServiceAccounts } from './postgres-service-accounts.js';

const ADMIN = { type: 'user', id: '77' } as const;

let store: TestDatabase;
let pool: pg.Pool;
let accounts: PostgresServiceAccounts;
let list: ListServiceAccounts;
let revoke: RevokeServiceAccount;

beforeAll(async () => {
  store = await createTestDatabase();
  await migrate(store.url);
  pool = new pg.Pool({ connectionString: store.url, max: 8 });
  const over = (client: pg.Pool | pg.PoolClient): Queryable => ({
    query: async (text, values) => (await client.query(text, values)).rows as never,
  });
  const transaction = async (work: (each: Queryable) => Promise<unknown>) => {
    const client = await pool.connect();
    await client.query('BEGIN');
    const [result] = await Promise.allSettled([work(over(client))]);
    await client.query(result.status === 'fulfilled' ? 'COMMIT' : 'ROLLBACK');
    client.release();
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  };
  const database = { ...over(pool), transaction } as unknown as Database;
  let last = 1000;
  const ids = { next: () => String((last += 1)) };
  accounts = new PostgresServiceAccounts(database, ids);
  list = new ListServiceAccounts(accounts);
  revoke = new RevokeServiceAccount(database, accounts, new AuditLog(database, ids));
});
afterAll(async () => {
  await pool.end();
  await store.drop();
});

/** Five accounts, s1 to s5. */
beforeEach(async () => {
  await pool.query('TRUNCATE identity."ServiceAccount"');
  await pool.query(`INSERT INTO identity."ServiceAccount" (id, name, digest, scopes)
    SELECT n, 's' || n, sha256(n::text::bytea), '{*}' FROM generate_series(1, 5) n`);
});

const revocations = async () =>
  (
    await pool.query<object>(
      `SELECT actor_type, actor_id, details FROM identity."AuditEvent" WHERE action = 'service-account.revoked'`,
    )
  ).rows;
const liveNames = async () => (await accounts.live(100)).map(({ name }) => name);

describe('service accounts', () => {
  it('are listed page by page, newest first, each once', async () => {
    await revoke.execute({ name: 's4' }, ADMIN);
    const first = await list.execute({ limit: 2 });
    expect(first.items.map(({ name }) => name)).toEqual(['s5', 's4']);
    expect(first.items.map(({ revokedAt }) => revokedAt)).toEqual([null, expect.any(String)]);
    const second = await list.execute({ limit: 2, cursor: first.nextCursor ?? '' });
    const third = await list.execute({ limit: 2, cursor: second.nextCursor ?? '' });
    expect([...second.items, ...third.items].map(({ name }) => name)).toEqual(['s3', 's2', 's1']);
    expect(third.nextCursor).toBeNull();
    expect(JSON.stringify(first)).not.toContain('digest');
  });

  it('that are revoked by id or by name live no more, the others do', async () => {
    expect(await revoke.execute({ id: '2' }, ADMIN)).toEqual({ id: '2', name: 's2' });
    expect(await revoke.execute({ name: 's3' }, ADMIN)).toEqual({ id: '3', name: 's3' });
    expect(await liveNames()).toEqual(['s1', 's4', 's5']);
    expect(await accounts.live(2)).toHaveLength(2);
  });

  it('are revoked once, however many revoke one at once, and the audit log tells of it once', async () => {
    const before = (await revocations()).length;
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => revoke.execute({ name: 's1' }, ADMIN)));
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(7);
    for (const outcome of refused)
      expect(outcome).toMatchObject({ reason: { code: 'policy.service-account-not-found' } });
    const told = await revocations();
    expect(told).toHaveLength(before + 1);
    expect(told.at(-1)).toEqual({ actor_type: 'user', actor_id: '77', details: { id: '1', name: 's1' } });
  });

  it('that do not exist cannot be revoked', async () => {
    await expect(revoke.execute({ name: 'nobody' }, ADMIN)).rejects.toMatchObject({ kind: 'not-found' });
    await expect(revoke.execute({ id: '99' }, ADMIN)).rejects.toMatchObject({ kind: 'not-found' });
    expect(await liveNames()).toHaveLength(5);
  });

  it('remember their last use to the minute, and not once they are revoked', async () => {
    const lastUse = async (id: string) =>
      (
        await pool.query<{ at: string | null }>(
          'SELECT last_used_at::text AS at FROM identity."ServiceAccount" WHERE id = $1',
          [id],
        )
      ).rows[0]?.at;
    await accounts.markUsed('1');
    const first = await lastUse('1');
    expect(first).toEqual(expect.any(String));
    await accounts.markUsed('1'); // another replica
    expect(await lastUse('1')).toBe(first);
    await pool.query(`UPDATE identity."ServiceAccount" SET last_used_at = now() - interval '59 s' WHERE id = 1`);
    const aged = await lastUse('1');
    await accounts.markUsed('1');
    expect(await lastUse('1')).not.toBe(aged);
    await revoke.execute({ id: '2' }, ADMIN);
    await accounts.markUsed('2');
    expect(await lastUse('2')).toBeNull();
  });
});
