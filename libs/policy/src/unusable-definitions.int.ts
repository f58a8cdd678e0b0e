import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { migrate } from '@platform/database';
import { createTestDatabase, poll, type TestDatabase, testRedisUrl } from '@platform/testing';
import { type Replica, startReplica } from './testing/start-replica.js';

let store: TestDatabase;
let replica: Replica;

beforeAll(async () => {
  store = await createTestDatabase();
  await migrate(store.url);
  replica = await startReplica({ databaseUrl: store.url, redisUrl: await testRedisUrl() });
});
afterAll(async () => {
  vi.restoreAllMocks();
  await replica.stop();
  await store.drop();
});

const write = (rows: string) =>
  replica.database.query(`INSERT INTO identity."PolicyDefinition"
    (id, variant, subject_type, subject_id, target_type, target_id, action, domain) VALUES ${rows}`);
const may = async (object: string, domain?: string) =>
  (await replica.checks.one({ subject: { type: 'User', id: '1' }, object, action: 'read', domain })).allowed;

it('definitions that say nothing we could follow count for nothing, and are told of once', async () => {
  const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  const told = () => warn.mock.calls.map(([message]) => String(message)).filter((text) => text.includes('for nothing'));
  await replica.database.query(
    `INSERT INTO identity."Permission" (id, code, name) VALUES (11, 'a', 'a'), (12, 'b', 'b')`,
  );
  await write(`(101, 'grant', 'User', '1', 'Permission', '11', 'read', NULL),
    (102, 'owner', 'User', '1', 'Permission', '12', 'read', NULL),
    (103, 'assign_role', 'User', '1', 'Role', '1', NULL, 'ANY_MEMBER'),
    (104, 'domain_inherits', 'Shop', '1', 'Mall_East', '7', NULL, NULL),
    (105, 'grant', 'User', '1', 'Permission', '12', 'read', 'Mall_East_7'),
    (106, 'resource_inherits', 'Permission', '12', 'Permission', '999', NULL, NULL),
    (107, 'resource_inherits', 'Permission', 'b', 'Permission', '11', NULL, NULL),
    (108, 'action_inherits', 'Action', 'to read', 'Action', 'read', NULL, NULL)`);
  expect([await may('a'), await may('b'), await may('b', 'Mall_East_7'), await may('b', 'Shop_1')]).toEqual([
    true,
    false,
    true,
    false, // Mall_East is no type, or Shop_1 would lie within the domain East_7 of a Mall
  ]);
  const first = told();
  expect(first.toSorted()).toEqual([
    '1 definitions of Shop_1 count for nothing: 104 (a type is not letters and digits)',
    '2 definitions of User_1 count for nothing: 102 (the variant owner is not known), ' +
      '103 (a role is held in one domain, or in each)',
    '3 definitions of the catalogue count for nothing: 106 (its target is no Permission that exists), ' +
      '107 (its subject is no Permission that exists), 108 (an id has a space or a comma in it)',
  ]);

  // All of it is read again, and there is one more.
  await write(`(109, 'grant', 'User', '1', 'Permission', '999', 'read', NULL),
    (110, 'resource_inherits', 'Permission', '12', 'Permission', '11', NULL, NULL)`);
  await poll('the change counts', 5, async () => (await may('b')) || undefined);
  expect(told().slice(first.length)).toEqual([
    '1 definitions of User_1 count for nothing: 109 (its target is no Permission that exists)',
  ]);
});
