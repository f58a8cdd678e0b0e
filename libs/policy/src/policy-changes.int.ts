import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '@platform/database';
import { createTestDatabase, freePort, poll, type TestDatabase, testRedisUrl } from '@platform/testing';
import { type Replica, startReplica } from './testing/start-replica.js';

/** What the product promises of a change. */
const SOON_SECONDS = 1;

let store: TestDatabase;
/** Two with Redis, and two without. */
let pairs: Record<'up' | 'down', [writer: Replica, reader: Replica]>;

beforeAll(async () => {
  store = await createTestDatabase();
  await migrate(store.url);
  const withRedis = { databaseUrl: store.url, redisUrl: await testRedisUrl() };
  const without = { databaseUrl: store.url, redisUrl: `redis://127.0.0.1:${await freePort()}` };
  const start = async (stores: typeof without) =>
    [await startReplica(stores), await startReplica(stores)] as [Replica, Replica];
  pairs = { up: await start(withRedis), down: await start(without) };
  await pairs.up[0].database.query(
    `INSERT INTO identity."Permission" (id, code, name) VALUES (10, 'orders', 'Orders'), (11, 'items', 'Items')`,
  );
});
afterAll(async () => {
  await Promise.all(Object.values(pairs).flatMap((pair) => pair.map((replica) => replica.stop())));
  await store.drop();
});

type Name = [type: string, id: string];
const fresh = () => String(randomInt(1_000_000, 2 ** 40));

/** Two replicas of which one writes and the other is asked. */
function between([writer, reader]: [Replica, Replica]) {
  const write = async (values: Record<string, string | null>) => {
    const id = fresh();
    await writer.database.query(
      `INSERT INTO identity."PolicyDefinition"
       SELECT * FROM json_populate_record(NULL::identity."PolicyDefinition",
         $1::json) AS given`,
      [JSON.stringify({ id, created_at: new Date(), updated_at: new Date(), ...values })],
    );
    return id;
  };
  const may = async (userId: string, object = 'orders', domain?: string) =>
    (await reader.checks.one({ subject: { type: 'User', id: userId }, object, action: 'read', domain })).allowed;
  const join = (variant: string, [subject_type, subject_id]: Name, [target_type, target_id]: Name) =>
    write({ variant, subject_type, subject_id, target_type, target_id });
  return {
    may,
    join,
    sql: (text: string, values: unknown[] = []) => writer.database.query(text, values),
    grant: (subjectType: string, subjectId: string, more: Record<string, string> = {}) =>
      write({
        variant: 'grant',
        subject_type: subjectType,
        subject_id: subjectId,
        target_type: 'Permission',
        target_id: '10',
        action: 'read',
        effect: 'allow',
        ...more,
      }),
    assign: (userId: string, roleId: string) =>
      write({
        variant: 'assign_role',
        subject_type: 'User',
        subject_id: userId,
        target_type: 'Role',
        target_id: roleId,
      }),
    becomes: (allowed: boolean, ...asked: Parameters<typeof may>) =>
      poll(`allowed: ${allowed}`, SOON_SECONDS, async () => (await may(...asked)) === allowed || undefined),
  };
}

describe.each(['up', 'down'] as const)(
  'with Redis %s, what one replica writes another knows within a second:',
  (redis) => {
    it('a grant and its end, written by hand', async () => {
      const { may, grant, sql, becomes } = between(pairs[redis]);
      const userId = fresh();
      expect(await may(userId)).toBe(false);
      const id = await grant('User', userId);
      await becomes(true, userId);
      await sql('DELETE FROM "PolicyDefinition" WHERE id = $1', [id]);
      await becomes(false, userId);
    });

    it('a role given, what the role may do, the role disabled and enabled, and taken', async () => {
      const { may, grant, assign, sql, becomes } = between(pairs[redis]);
      const [userId, roleId] = [fresh(), fresh()];
      await sql(`INSERT INTO "Role" (id, identifier, name) VALUES ($1::bigint, 'clerk-' || $1::bigint, 'Clerk')`, [
        roleId,
      ]);
      expect(await may(userId)).toBe(false);
      const assignment = await assign(userId, roleId);
      await grant('Role', roleId);
      await becomes(true, userId);
      await sql(`UPDATE "Role" SET status = 'disabled' WHERE id = $1`, [roleId]);
      await becomes(false, userId);
      await sql(`UPDATE "Role" SET status = 'active' WHERE id = $1`, [roleId]);
      await becomes(true, userId);
      await sql(`UPDATE "PolicyDefinition" SET subject_id = '0' WHERE id = $1`, [assignment]);
      await becomes(false, userId);
    });

    it('what a role inherits, where a domain lies, what a resource is part of', async () => {
      const { may, join, sql, grant, assign, becomes } = between(pairs[redis]);
      const [userId, child, parent, shop, mall] = [fresh(), fresh(), fresh(), fresh(), fresh()];
      await assign(userId, child);
      await grant('Role', parent, { domain: `Mall_${mall}` });
      expect(await may(userId, 'orders', `Shop_${shop}`)).toBe(false);
      await join('role_inherits', ['Role', child], ['Role', parent]);
      await join('domain_inherits', ['Shop', shop], ['Mall', mall]);
      await becomes(true, userId, 'orders', `Shop_${shop}`);
      expect(await may(userId, 'items', `Shop_${shop}`)).toBe(false);
      const part = await join('resource_inherits', ['Permission', '11'], ['Permission', '10']);
      await becomes(true, userId, 'items', `Shop_${shop}`);
      await sql('DELETE FROM "PolicyDefinition" WHERE id = $1', [part]);
      await becomes(false, userId, 'items', `Shop_${shop}`);
    });

    it('a person disabled, and enabled again', async () => {
      const { may, grant, sql, becomes } = between(pairs[redis]);
      const userId = fresh();
      await sql('INSERT INTO "User" (id) VALUES ($1)', [userId]);
      await grant('User', userId);
      await becomes(true, userId);
      await sql(`UPDATE "User" SET status = 'disabled' WHERE id = $1`, [userId]);
      await becomes(false, userId);
      await sql(`UPDATE "User" SET status = 'active' WHERE id = $1`, [userId]);
      await becomes(true, userId);
      expect(await may(userId)).toBe(true);
    });

    it('a change made while nobody could hear of it', async () => {
      const { may, grant, sql, becomes } = between(pairs[redis]);
      const userId = fresh();
      expect(await may(userId)).toBe(false);
      const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'nx-seller-identity listener'`;
      await poll('listeners to cut off', 5, async () => (await sql(cut)).length > 0 || undefined);
      const id = await grant('User', userId);
      await becomes(true, userId);
      await sql(cut);
      await sql('DELETE FROM "PolicyDefinition" WHERE id = $1', [id]);
      await becomes(false, userId);
    });
  },
);

it('a change rolled back is none', async () => {
  const { may, sql, becomes, grant } = between(pairs.up);
  const userId = fresh();
  const id = await grant('User', userId);
  await becomes(true, userId);
  const [writer] = pairs.up;
  const undone = writer.database.transaction(async (transaction) => {
    await transaction.query('DELETE FROM identity."PolicyDefinition" WHERE id = $1', [id]);
    expect(await may(userId)).toBe(true);
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  expect(await may(userId)).toBe(true);
  await sql('DELETE FROM "PolicyDefinition" WHERE id = $1', [id]);
  await becomes(false, userId);
});

it('is told of many at once, and of a table emptied', async () => {
  const { may, sql, becomes } = between(pairs.up);
  const first = 900_000_000_000;
  expect(await may(String(first + 500))).toBe(false);
  await sql(
    `INSERT INTO "PolicyDefinition" (id, variant, subject_type, subject_id, target_type, target_id, action, effect)
     SELECT $1::bigint + n, 'grant', 'User', ($1::bigint + n)::text, 'Permission', '10', 'read', 'allow'
     FROM generate_series(1, 1000) n`,
    [first],
  );
  await becomes(true, String(first + 500));
  await sql('TRUNCATE "PolicyDefinition"');
  await becomes(false, String(first + 500));
});
