import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrate } from '@platform/database';
import { createTestDatabase, type TestDatabase } from '@platform/testing';
import { signUpAdministrator } from '../support/administrators.js';
import { createSister } from '../support/sisters.js';
import { startService, type TestService } from '../support/start-service.js';

const ROLE = `serving_${process.pid}`;
/** What docs/security/authorization.md says that the role of the service needs. */
const RIGHTS = `
  CREATE ROLE ${ROLE} LOGIN PASSWORD 'x' NOSUPERUSER NOCREATEDB NOCREATEROLE;
  GRANT USAGE ON SCHEMA identity TO ${ROLE};
  GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA identity TO ${ROLE};
  GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA identity TO ${ROLE};
  GRANT SELECT, INSERT, UPDATE, DELETE ON public."Configuration" TO ${ROLE}`;

let database: TestDatabase;
let service: TestService;
let mine: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  await migrate(database.url);
  await query(database.url, RIGHTS);
  const address = new URL(database.url);
  address.username = ROLE;
  address.password = 'x';
  service = await startService({ env: { DATABASE_URL: address.href }, direct: database.url });
  mine = new pg.Client({ connectionString: address.href });
  await mine.connect();
});
afterAll(async () => {
  await mine.end();
  await service.stop();
  await database.drop();
  await query(database.url.replace(/[^/]+$/, 'postgres'), `DROP ROLE ${ROLE}`);
});

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

it('a role that owns nothing serves: people, administrators and sisters [ASVS 13.2.2]', async () => {
  const { client } = service;
  const first = await client.signUp();
  expect((await client.signIn(first.username)).status).toBe(200);
  expect((await client.refresh(first.refreshToken)).status).toBe(200);
  const admin = await signUpAdministrator(service);
  const manage = (path: string, body = {}) => client.post(`/admin${path}`, body, admin.accessToken);
  expect((await manage('/roles', { identifier: 'sellers', name: 'Sellers' })).status).toBe(201);
  expect((await manage(`/users/${first.userId}/disable`)).status).toBeLessThan(300);
  expect((await client.get('/auth/who-am-i', first.accessToken)).status).toBe(401);
  const sister = await createSister(service, 'users:read');
  const looked = await client.send('GET', `/internal/users/${first.userId}`, { headers: sister.headers });
  expect([looked.status, looked.body.status]).toEqual([200, 'disabled']);
  expect((await client.get('/readyz')).status).toBe(200);
});

it.each([
  'DROP TABLE identity."Session"',
  'ALTER TABLE identity."AuditEvent" DISABLE TRIGGER ALL',
  'CREATE TABLE identity.mine (id int)',
  'TRUNCATE identity."AuditEvent"',
  'CREATE ROLE another LOGIN',
  `COPY identity."User" TO PROGRAM 'cat'`,
  'SET SESSION AUTHORIZATION postgres',
])('and may not %s', async (statement) => {
  await expect(mine.query(statement)).rejects.toThrow(/permission denied|must be owner/);
});

it('nor alter the audit trail, which it may write to', async () => {
  await expect(mine.query('DELETE FROM identity."AuditEvent"')).rejects.toThrow('append-only');
});
