import { createHash } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { AuditLog } from '@platform/audit';
import { type Database, migrate, type Queryable } from '@platform/database';
import { createTestDatabase, type TestDatabase } from '@platform/testing';
import { PostgresServiceAccounts } from '../persistence/postgres-service-accounts.js';
import { type Authority, Grantor } from './authority.js';
import { CreateServiceAccount } from './create-service-account.js';

const SECRET = 'Z'.repeat(43);
const OPERATOR = { type: 'operator' } as const;
const OTHER = '-'.repeat(43);
const order = { name: 'orders', scopes: ['users:read'], secret: SECRET };

const absent = undefined as never;

let store: TestDatabase;
let client: pg.Client;
let create: CreateServiceAccount;

beforeAll(async () => {
  store = await createTestDatabase();
  await migrate(store.url);
  client = new pg.Client({ connectionString: store.url });
  await client.connect();
  const through: Queryable = { query: async (text, values) => (await client.query(text, values)).rows as never };
  const transaction = (work: (each: Queryable) => unknown) => work(through);
  const database = { ...through, transaction } as unknown as Database;
  let last = 0;
  const ids = { next: () => String((last += 1)) };
  const audit = new AuditLog(database, ids);
  // Whose authority counts is seen through the whole service.
  const authority = { of: async () => new Grantor(undefined, absent, absent) } as unknown as Authority;
  create = new CreateServiceAccount(database, new PostgresServiceAccounts(database, ids), authority, audit);
});
afterAll(async () => {
  await client.end();
  await store.drop();
});
beforeEach(() => client.query('TRUNCATE identity."ServiceAccount"'));

async function kept(): Promise<unknown[]> {
  return (await client.query('SELECT digest, scopes, revoked_at FROM identity."ServiceAccount"')).rows;
}
const row = (secret: string) => ({
  digest: createHash('sha256').update(secret).digest(),
  scopes: order.scopes,
  revoked_at: null,
});

it('may be ordered again by who was interrupted, and does not repeat a given secret', async () => {
  const made = await create.execute(order, OPERATOR);
  expect(made).toEqual({ id: expect.any(String), name: 'orders', result: 'created' });
  expect(await create.execute(order, OPERATOR)).toEqual({ id: made.id, name: 'orders', result: 'unchanged' });
  expect(await kept()).toEqual([row(SECRET)]);
});

it('changes an account that is there only when told to', async () => {
  await create.execute(order, OPERATOR);
  for (const other of [
    { ...order, secret: OTHER },
    { ...order, scopes: ['*'] },
  ]) {
    await expect(create.execute(other, OPERATOR)).rejects.toMatchObject({ code: 'policy.service-account-exists' });
  }
  expect(await kept()).toEqual([row(SECRET)]);
  expect(await create.execute({ ...order, secret: OTHER, replace: true }, OPERATOR)).toMatchObject({
    result: 'replaced',
  });
  expect(await kept()).toEqual([row(OTHER)]);
});

it('brings a revoked account back only when told to', async () => {
  await create.execute(order, OPERATOR);
  await client.query('UPDATE identity."ServiceAccount" SET revoked_at = now()');
  await expect(create.execute(order, OPERATOR)).rejects.toMatchObject({ code: 'policy.service-account-exists' });
  expect(await create.execute({ ...order, replace: true }, OPERATOR)).toMatchObject({ result: 'replaced' });
  expect(await kept()).toEqual([row(SECRET)]);
});

it('refuses one more than can be used, until one is revoked', async () => {
  await client.query(
    `INSERT INTO identity."ServiceAccount" (id, name, digest, scopes)
     SELECT id, 'sister-' || id, $1, '{users:read}' FROM generate_series(1000, 1999) AS id`,
    [Buffer.alloc(32)],
  );
  const replaced = { ...order, name: 'sister-1000', replace: true };
  expect(await create.execute(replaced, OPERATOR)).toMatchObject({ result: 'replaced' });
  await expect(create.execute(order, OPERATOR)).rejects.toMatchObject({ code: 'policy.too-many-service-accounts' });
  await client.query(`UPDATE identity."ServiceAccount" SET revoked_at = now() WHERE name IN ('sister-1000', 'orders')`);
  expect(await create.execute({ ...order, name: 'payments' }, OPERATOR)).toMatchObject({ result: 'created' });
});

it.each([
  ['nothing', ''],
  ['31 bytes', 'Z'.repeat(42)],
  ['31 bytes in hex', 'a'.repeat(62)],
  ['words', 'a long sentence that anybody could guess one day'],
])('refuses a secret that is too short: %s', async (_case, secret) => {
  await expect(create.execute({ ...order, secret }, OPERATOR)).rejects.toMatchObject({ code: 'request.invalid' });
  expect(await kept()).toEqual([]);
});

it.each([
  ['none', []],
  ['one that there is not', ['users:write']],
  ['a wildcard that there is not', ['users:*']],
  ['nothing beside something', ['users:read', '']],
])('refuses scopes: %s', async (_case, scopes) => {
  await expect(create.execute({ ...order, scopes }, OPERATOR)).rejects.toMatchObject({ code: 'request.invalid' });
  expect(await kept()).toEqual([]);
});

it('takes a scope that is named twice for one', async () => {
  await create.execute({ ...order, scopes: ['users:read', 'users:read'] }, OPERATOR);
  expect(await kept()).toEqual([row(SECRET)]);
});

it.each([
  ['an operator', OPERATOR, { actor_type: 'operator', actor_id: null }],
  ['an administrator', { type: 'user', id: '77' } as const, { actor_type: 'user', actor_id: '77' }],
])('tells the audit log that it was %s, and no secret', async (_who, actor, expected) => {
  const { id } = await create.execute(order, actor);
  const { rows } = await client.query<object>(
    `SELECT actor_type, actor_id, details FROM identity."AuditEvent"
     WHERE action = 'service-account.created' ORDER BY id DESC LIMIT 1`,
  );
  expect(rows).toEqual([{ ...expected, details: { id, name: 'orders', scopes: ['users:read'] } }]);
});
