import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomEmail } from '../support/addresses.js';
import { signUpAdministrator } from '../support/administrators.js';
import { type Answer, randomUsername } from '../support/client.js';
import { atOnce } from '../support/races.js';
import { auditCount, liveSessions } from '../support/records.js';
import { startService, type TestService } from '../support/start-service.js';

interface User {
  id: string;
  status: string;
  identifiers: { scheme: string; value: string }[];
}

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

const get = (path: string) => service.client.get(`/admin/users${path}`, admin.accessToken);
const post = (path: string, token = admin.accessToken) => service.client.send('POST', `/admin/users${path}`, { token });
const search = (query: Record<string, string>) => get(`?${new URLSearchParams(query).toString()}`);
const idsOf = ({ body }: Answer) => (body.items as User[]).map(({ id }) => id);

/** All pages of a search, one after the other. */
async function walk(query: Record<string, string>, limit: number): Promise<string[][]> {
  const pages: string[][] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const answer = await search({ ...query, limit: String(limit), ...(cursor && { cursor }) });
    expect(answer.status).toBe(200);
    pages.push(idsOf(answer));
    cursor = answer.body.nextCursor as string | null;
  }
  return pages;
}

let nextIdentifier = 1;
const addIdentifier = (userId: string, scheme: string, value: string) =>
  service.sql(
    `INSERT INTO identity."UserIdentifier" (id, user_id, scheme, value, display, verified_at)
     VALUES ($1, $2, $3, $4, $4, now())`,
    [(nextIdentifier += 1), userId, scheme, value],
  );

describe('a search for accounts', () => {
  it('finds them by what an identifier begins with, in any case, or by id', async () => {
    const { userId, username } = await service.client.signUp();
    const email = randomEmail();
    const phone = '+84905550001';
    await addIdentifier(userId, 'email', email);
    await addIdentifier(userId, 'phone', phone);
    for (const query of [
      username,
      username.toUpperCase(),
      username.slice(0, 9),
      email.slice(0, 12),
      phone,
      '+84905550',
      userId,
    ])
      expect(idsOf(await search({ query }))).toEqual([userId]);
    const { body } = await search({ query: ` ${username} ` });
    expect(body).toEqual({
      items: [
        {
          id: userId,
          status: 'active',
          type: 'LINKED',
          profile: {},
          identifiers: expect.arrayContaining([
            expect.objectContaining({ scheme: 'username', value: username, verifiedAt: null }),
            { id: expect.any(String), scheme: 'email', value: email, display: email, verifiedAt: expect.any(String) },
          ]) as unknown,
          createdAt: expect.stringMatching(/Z$/) as string,
          lastLoginAt: expect.stringMatching(/Z$/) as string,
        },
      ],
      nextCursor: null,
    });
    expect(idsOf(await search({ query: userId, status: 'disabled' }))).toEqual([]);
    expect(idsOf(await search({ query: username.slice(1) }))).toEqual([]);
  });

  it('takes every character for itself', async () => {
    const { userId } = await service.client.signUp();
    await addIdentifier(userId, 'email', `50%_off\\${userId}@example.com`);
    for (const query of ['50%_off\\', '50%_', '50%']) expect(idsOf(await search({ query }))).toEqual([userId]);
    for (const query of [
      '%',
      '_',
      '\\',
      '5_%',
      '50__',
      '50%\\',
      '%off',
      `${userId.slice(0, 4)}%`,
      "'",
      '😀',
      '\u{10FFFF}',
    ])
      expect(idsOf(await search({ query }))).toEqual([]);
  });

  it('shows everybody once, page by page, with one name that begins so or with several', async () => {
    const prefix = randomUsername();
    const people = await Promise.all(Array.from({ length: 7 }, (_, at) => service.client.signUp(`${prefix}${at}`)));
    for (const [at, { userId }] of people.entries()) {
      await addIdentifier(userId, 'email', `${prefix}.${9 - at}@example.com`);
      if (at % 2) await addIdentifier(userId, 'email', `${prefix}${at}@example.com`);
    }
    const everybody = people.map(({ userId }) => userId).toSorted();
    for (const limit of [1, 2, 3, 7, 100]) {
      const pages = await walk({ query: prefix }, limit);
      expect(pages.flat().toSorted()).toEqual(everybody);
      expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
    }
    await post(`/${people[3]?.userId}/disable`);
    expect((await walk({ query: prefix, status: 'disabled' }, 2)).flat()).toEqual([people[3]?.userId]);
    expect((await walk({ query: prefix, status: 'active' }, 2)).flat()).toHaveLength(6);
  });

  it('goes on behind any number of accounts in another status', async () => {
    const prefix = randomUsername();
    await service.sql(
      `INSERT INTO identity."User" (id, status) SELECT 5000 + n, 'active' FROM generate_series(1, 2500) n`,
    );
    await service.sql(
      `INSERT INTO identity."UserIdentifier" (id, user_id, scheme, value, display)
       SELECT 5000 + n, 5000 + n, 'email', $1 || to_char(n, 'FM0000') || '@example.com', 'x' FROM generate_series(1, 2500) n`,
      [prefix],
    );
    await service.sql(`UPDATE identity."User" SET status = 'disabled' WHERE id IN (5500, 7400)`);
    const pages = await walk({ query: prefix, status: 'disabled' }, 20);
    expect(pages).toEqual([['5500'], [], ['7400']]);
    expect((await walk({ query: prefix }, 100)).flat()).toHaveLength(2500);
    expect(await walk({ query: prefix, status: 'deleted' }, 20)).toEqual([[]]);
  });

  it('without a query shows all, newest first, each once, or those in a status', async () => {
    const [{ count }] = (await service.sql<{ count: string }>('SELECT count(*) AS count FROM identity."User"')) as [
      { count: string },
    ];
    const all = (await walk({}, 100)).flat();
    expect(all).toHaveLength(Number(count));
    expect(all).toEqual([...new Set(all)].toSorted((a, b) => (BigInt(a) < BigInt(b) ? 1 : -1)));
    const disabled = (await walk({ status: 'disabled' }, 1)).flat();
    expect(disabled.length).toBeGreaterThan(1);
    for (const id of disabled) expect((await get(`/${id}`)).body.status).toBe('disabled');
  });

  it.each([
    'limit=0',
    'limit=101',
    'limit=x',
    'cursor=x',
    'cursor=-1',
    'cursor=9223372036854775808',
    'colour=red',
    'status=gone',
    'status=active&status=disabled',
    'query=',
    'query=%20',
    'query=a%00b',
    'query=a%0Ab',
    'query=a&query=b',
    `query=${'x'.repeat(321)}`,
    `query=a&cursor=${UNKNOWN_ID}`,
  ])('refuses %s', async (query) => {
    const { status, body } = await get(`?${query}`);
    expect([status, body.code]).toEqual([422, 'request.invalid']);
  });
});

describe('an account', () => {
  it('is shown in every status', async () => {
    const { userId, username, accessToken } = await service.client.signUp();
    expect((await get(`/${userId}`)).body).toMatchObject({
      id: userId,
      status: 'active',
      identifiers: [{ value: username }],
    });
    await service.client.send('DELETE', '/users/me', { token: accessToken });
    expect((await get(`/${userId}`)).body).toMatchObject({
      id: userId,
      status: 'deleted',
      identifiers: [],
      profile: {},
    });
    expect((await get(`/${UNKNOWN_ID}`)).body.code).toBe('users.not-found');
    expect((await get('/x')).status).toBe(422);
  });

  it('is disabled, which ends its sessions, and enabled again, and both are recorded [ASVS 7.4.2]', async () => {
    const { client } = service;
    const { userId, username, refreshToken } = await client.signUp();
    const answers = await atOnce(3, () => post(`/${userId}/disable`));
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204]);
    expect(await auditCount(service, 'user.disabled', userId)).toBe(1);
    expect(await liveSessions(service, userId)).toBe(0);
    expect((await client.refresh(refreshToken)).status).toBe(401);
    expect((await client.signIn(username)).status).toBe(401);
    for (let times = 0; times < 2; times += 1) expect((await post(`/${userId}/enable`)).status).toBe(204);
    expect(await auditCount(service, 'user.enabled', userId)).toBe(1);
    expect((await client.signIn(username)).status).toBe(200);
    const events = await service.sql<{ actor_type: string; actor_id: string }>(
      `SELECT actor_type, actor_id FROM identity."AuditEvent" WHERE user_id = $1 AND action LIKE 'user.%abled'`,
      [userId],
    );
    expect(events).toEqual(Array.from({ length: 2 }, () => ({ actor_type: 'user', actor_id: admin.userId })));
  });

  it('is neither the own one, nor unknown, nor deleted', async () => {
    expect((await post(`/${admin.userId}/disable`)).body).toMatchObject({ status: 409, code: 'users.own-account' });
    expect((await get(`/${admin.userId}`)).body.status).toBe('active');
    const { userId, accessToken } = await service.client.signUp();
    await service.client.send('DELETE', '/users/me', { token: accessToken });
    for (const verb of ['disable', 'enable']) {
      expect((await post(`/${UNKNOWN_ID}/${verb}`)).body).toMatchObject({ status: 404, code: 'users.not-found' });
      expect((await post(`/${userId}/${verb}`)).body).toMatchObject({ status: 409, code: 'users.status-conflict' });
      expect((await post(`/x/${verb}`)).status).toBe(422);
    }
  });
});

describe('sessions of an account', () => {
  it('are listed page by page, and ended [ASVS 7.4.5]', async () => {
    const { client } = service;
    const { userId, username, sessionId } = await client.signUp();
    await client.signIn(username);
    const first = await get(`/${userId}/sessions?limit=1`);
    const second = await get(`/${userId}/sessions?cursor=${first.body.nextCursor}`);
    expect(second.body).toMatchObject({ items: [{ id: sessionId, ip: '127.0.0.1' }], nextCursor: null });
    expect(Object.keys(second.body.items[0] as object)).not.toContain('current');
    expect((await post(`/${userId}/end-sessions`)).status).toBe(204);
    expect((await get(`/${userId}/sessions`)).body).toEqual({ items: [], nextCursor: null });
    const [event] = await service.sql<{ actor_id: string; end_reason: string }>(
      `SELECT e.actor_id, s.end_reason FROM identity."AuditEvent" e JOIN identity."Session" s ON s.user_id = e.user_id
       WHERE e.user_id = $1 AND e.action = 'session.all-ended'`,
      [userId],
    );
    expect(event).toEqual({ actor_id: admin.userId, end_reason: 'ended-by-operator' });
    for (const answer of [await get(`/${UNKNOWN_ID}/sessions`), await post(`/${UNKNOWN_ID}/end-sessions`)])
      expect(answer.body.code).toBe('users.not-found');
    expect((await get(`/${userId}/sessions?limit=101`)).status).toBe(422);
  });
});
