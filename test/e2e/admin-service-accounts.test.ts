import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poll } from '@platform/testing';
import { signUpAdministrator } from '../support/administrators.js';
import { type Answer, randomUsername } from '../support/client.js';
import { atOnce, tally } from '../support/races.js';
import { basic } from '../support/sisters.js';
import { startService, type TestService } from '../support/start-service.js';

interface Account {
  id: string;
  name: string;
  scopes: string[];
  revokedAt: string | null;
}

const PATH = '/admin/service-accounts';
const UNKNOWN_ID = '248151234567890944';

let service: TestService;
let admin: Awaited<ReturnType<typeof signUpAdministrator>>;

beforeAll(async () => {
  service = await startService();
  admin = await signUpAdministrator(service);
});
afterAll(async () => {
  await service.stop();
});

const get = (query = '') => service.client.get(`${PATH}${query}`, admin.accessToken);
const create = (body: object): Promise<Answer> => service.client.post(PATH, body, admin.accessToken);
const revoke = (id: string) => service.client.post(`${PATH}/${id}/revoke`, undefined, admin.accessToken);
const call = (name: string, secret: string) =>
  service.client.send('GET', `/internal/users/${UNKNOWN_ID}`, { headers: basic(name, secret) });
const eventsOf = (action: string, id: unknown) =>
  service.sql<{ actor_type: string; actor_id: string; details: object }>(
    `SELECT actor_type, actor_id, details FROM identity."AuditEvent" WHERE action = $1 AND details->>'id' = $2`,
    [action, id],
  );

describe('an administrator', () => {
  it('creates an account whose secret is shown once and lets its service in until it is revoked', async () => {
    const name = randomUsername();
    const made = await create({ name, scopes: ['users:read'] });
    expect([made.status, made.headers.get('cache-control')]).toEqual([201, 'no-store']);
    const { id, secret } = made.body as { id: string; secret: string };
    expect(made.body).toEqual({ id, name, secret });
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    await poll('the account', 3, async () => (await call(name, secret)).status === 404 || undefined);
    const listed = ((await get()).body.items as Account[]).find((each) => each.id === id);
    expect(listed).toMatchObject({ name, scopes: ['users:read'], revokedAt: null });
    expect((await get()).text).not.toContain(secret);

    expect((await revoke(id)).status).toBe(204);
    await poll('the revocation', 3, async () => (await call(name, secret)).status !== 404 || undefined);
    expect(((await get()).body.items as Account[]).find((each) => each.id === id)?.revokedAt).toEqual(
      expect.any(String),
    );
    const actor = { actor_type: 'user', actor_id: admin.userId };
    expect(await eventsOf('service-account.created', id)).toEqual([
      { ...actor, details: { id, name, scopes: ['users:read'] } },
    ]);
    expect(await eventsOf('service-account.revoked', id)).toEqual([{ ...actor, details: { id, name } }]);
  });

  it('does not get a name that is taken, unless it is to be replaced', async () => {
    const order = { name: randomUsername(), scopes: ['*'] };
    const first = await create(order);
    expect(await create(order)).toMatchObject({ status: 409, body: { code: 'policy.service-account-exists' } });
    const second = await create({ ...order, replace: true });
    expect([second.status, second.body.id]).toEqual([201, first.body.id]);
    expect(second.body.secret).not.toBe(first.body.secret);
  });

  it('revokes once, of many at once', async () => {
    const { id } = (await create({ name: randomUsername(), scopes: ['*'] })).body as { id: string };
    expect(tally(await atOnce(8, () => revoke(id)))).toEqual({ 204: 1, 404: 7 });
    expect(await eventsOf('service-account.revoked', id)).toHaveLength(1);
    expect(await revoke(UNKNOWN_ID)).toMatchObject({ status: 404, body: { code: 'policy.service-account-not-found' } });
    expect((await revoke('x')).status).toBe(422);
  });

  it('pages through all of them', async () => {
    for (let count = 0; count < 3; count += 1) await create({ name: randomUsername(), scopes: ['*'] });
    const all = (await get('?limit=100')).body.items as Account[];
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body }: Answer = await get(`?limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...(body.items as Account[]).map(({ id }) => id));
      cursor = body.nextCursor as string | null;
    }
    expect(all.length).toBeGreaterThan(2);
    expect(seen).toEqual(all.map(({ id }) => id));
  });

  it.each([
    ['no name', { scopes: ['*'] }, 'name'],
    ['a name in capitals', { name: 'Orders', scopes: ['*'] }, 'name'],
    ['a name with a colon', { name: 'or:ders', scopes: ['*'] }, 'name'],
    ['a name of 64', { name: 'x'.repeat(64), scopes: ['*'] }, 'name'],
    ['no scopes', { name: 'orders', scopes: [] }, 'scopes'],
    ['a scope that there is not', { name: 'orders', scopes: ['*', 'users:write'] }, 'scopes.1'],
    ['a secret of his own', { name: 'orders', scopes: ['*'], secret: 'x'.repeat(43) }, 'secret'],
  ])('is refused %s', async (_what, body, path) => {
    expect(await create(body)).toMatchObject({ status: 422, body: { errors: [{ path }] } });
  });
});

describe('who manages service accounts and nothing else', () => {
  let manager: Awaited<ReturnType<typeof service.client.signUp>>;
  const codes: Record<string, string> = {};
  const createAs = (scopes: string[], more: object = {}) =>
    service.client.post(PATH, { name: randomUsername(), scopes, ...more }, manager.accessToken);
  const as = (path: string, body: object) => service.client.post(`/admin/${path}`, body, admin.accessToken);
  async function granted(code: string, action: string): Promise<void> {
    codes[code] ??= (await as('permissions', { code, name: code })).body.id as string;
    const ends = { subjectType: 'User', subjectId: manager.userId, targetType: 'Permission', targetId: codes[code] };
    const { status } = await as('policies', { variant: 'grant', ...ends, action, domain: 'SYSTEM_WIDE' });
    expect(status).toBe(201);
  }
  beforeAll(async () => {
    manager = await service.client.signUp();
    await granted('identity.service-accounts', 'manage');
    await poll('the grant counts', 5, async () => {
      const { code } = (await createAs(['*'])).body;
      return code === 'policy.cannot-grant' || undefined;
    });
  });

  it.each([['*'], ['policies:check'], ['users:read'], ['tokens:introspect'], ['revocations:read']])(
    'lets no service do %s',
    async (scope) => {
      expect(await createAs([scope])).toMatchObject({ status: 403, body: { code: 'policy.cannot-grant' } });
    },
  );

  it('lets services do what he may do himself, and takes over none that is there', async () => {
    await granted('identity.users', 'read');
    await poll('the grant counts', 5, async () => (await createAs(['users:read'])).status === 201 || undefined);
    expect((await createAs(['users:read', 'tokens:introspect'])).status).toBe(201);
    expect((await createAs(['users:read', 'policies:check'])).status).toBe(403);
    expect((await createAs(['users:read'], { replace: true })).body.code).toBe('policy.cannot-grant');
  });
});

it('a plain user does none of this', async () => {
  const { accessToken } = await service.client.signUp();
  const denied = { status: 403, body: { code: 'policy.permission-denied' } };
  expect(await service.client.get(PATH, accessToken)).toMatchObject(denied);
  expect(await service.client.post(PATH, { name: 'mine', scopes: ['*'] }, accessToken)).toMatchObject(denied);
  expect(await service.client.post(`${PATH}/${UNKNOWN_ID}/revoke`, undefined, accessToken)).toMatchObject(denied);
  expect((await service.client.get(PATH)).status).toBe(401);
});
