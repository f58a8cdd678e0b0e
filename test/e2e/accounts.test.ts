import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poll } from '@platform/testing';
import { type Answer, credentials, PASSWORD, randomUsername, type Tokens } from '../support/client.js';
import { atOnce, oneByOne, tally } from '../support/races.js';
import { auditCount, liveSessions, sessionRow } from '../support/records.js';
import { untilAvailable } from '../support/retries.js';
import { startService, type TestService } from '../support/start-service.js';
import { untilSignInWaits } from '../support/held-rows.js';

const NEW_PASSWORD = 'four words of another kind';

let service: TestService;

beforeAll(async () => {
  service = await startService({ env: { SIGN_IN_MAX_FAILURES: '1000' } });
});
afterAll(async () => {
  await service.stop();
});

function signUpBy(scheme: string, value: string, more: Record<string, unknown> = {}): Promise<Answer> {
  return service.client.post('/auth/sign-up', {
    identifier: { scheme, value },
    credential: { scheme: 'password', value: PASSWORD },
    ...more,
  });
}

async function signedIn(username: string, password = PASSWORD): Promise<Tokens> {
  const answer = await service.client.signIn(username, password);
  expect(answer.status).toBe(200);
  return answer.body as Tokens;
}

async function expectTurnedAway(accessToken: string): Promise<void> {
  await poll('the end of the access token', 5, async () => {
    const { status } = await service.client.get('/auth/who-am-i', accessToken);
    return status === 401 || undefined;
  });
}

describe('signing up', () => {
  it('gives one name to one of 20 who ask at once, whatever the case', async () => {
    const name = randomUsername();
    const answers = await atOnce(20, (index) =>
      untilAvailable(() => signUpBy('username', index % 2 ? name.toUpperCase() : name)),
    );
    expect(tally(answers)).toEqual({ 201: 1, 409: 19 });
    const codes = answers.filter(({ status }) => status === 409).map(({ body }) => body.code as string);
    expect(new Set(codes)).toEqual(new Set(['users.identifier-taken']));
    const rows = await service.sql<{ users: number; sessions: number }>(
      `SELECT count(DISTINCT i.user_id)::int AS users, count(s.id)::int AS sessions
       FROM identity."UserIdentifier" i LEFT JOIN identity."Session" s ON s.user_id = i.user_id WHERE i.value = $1`,
      [name],
    );
    expect(rows).toEqual([{ users: 1, sessions: 1 }]);
  });

  it('leaves nothing of those who lost the race', async () => {
    const orphans = () =>
      service.sql(`SELECT FROM identity."User" u
        WHERE NOT EXISTS (SELECT FROM identity."UserIdentifier" i WHERE i.user_id = u.id)`);
    const before = (await orphans()).length;
    const name = randomUsername();
    await atOnce(5, () => signUpBy('username', name));
    expect((await orphans()).length).toBe(before);
  });

  it('takes `basic` for `password`, at sign-up and at sign-in', async () => {
    const body = { ...credentials(randomUsername()), credential: { scheme: 'basic', value: PASSWORD } };
    expect((await service.client.post('/auth/sign-up', body)).status).toBe(201);
    expect((await service.client.post('/auth/sign-in', body)).status).toBe(200);
  });

  it('keeps the profile that came along', async () => {
    const profile = { displayName: 'Ana', level: 3, trial: true };
    const { body } = await signUpBy('username', randomUsername(), { profile });
    const me = await service.client.get('/users/me', body.accessToken as string);
    expect(me.body.profile).toEqual(profile);
  });
});

describe('my account', () => {
  it('tells what is kept about me', async () => {
    const username = randomUsername();
    const { userId, accessToken } = await service.client.signUp(username.toUpperCase());
    const me = await service.client.get('/users/me', accessToken);
    expect(me).toMatchObject({
      status: 200,
      body: {
        id: userId,
        status: 'active',
        type: 'LINKED',
        profile: {},
        identifiers: [{ scheme: 'username', value: username, display: username.toUpperCase(), verifiedAt: null }],
      },
    });
    expect(me.text).not.toContain('argon2');
  });

  it('merges what is sent into the profile, null removing a member', async () => {
    const { client } = service;
    const { accessToken } = await client.signUp();
    const patch = (profile: Record<string, unknown>) =>
      client.send('PATCH', '/users/me', { body: { profile }, token: accessToken });
    expect((await patch({ displayName: 'Ana', locale: 'vi-VN' })).status).toBe(200);
    const merged = await patch({ displayName: null, level: 2 });
    expect(merged.body.profile).toEqual({ locale: 'vi-VN', level: 2 });
    expect((await client.get('/users/me', accessToken)).body.profile).toEqual({ locale: 'vi-VN', level: 2 });
  });

  it('holds 32 members and no more, also when two add at once', async () => {
    const { client } = service;
    const { accessToken } = await client.signUp();
    const members = (prefix: string, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_item, index) => [`${prefix}${index}`, index]));
    const patch = (profile: Record<string, unknown>) =>
      client.send('PATCH', '/users/me', { body: { profile }, token: accessToken });
    expect(await patch(members('a', 33))).toMatchObject({ status: 422, body: { errors: [{ path: 'profile' }] } });
    const answers = await Promise.all(['a', 'b', 'c'].map((prefix) => patch(members(prefix, 16))));
    expect(tally(answers)).toEqual({ 200: 2, 422: 1 });
    const { body } = await client.get('/users/me', accessToken);
    expect(Object.keys(body.profile as object)).toHaveLength(32);
    expect((await patch({ a0: 'again' })).status).not.toBe(500);
  });

  it('is not found, read or changed, once it is deleted, by a token that is still taken for live', async () => {
    const { client } = service;
    const { accessToken, userId } = await client.signUp();
    expect((await client.get('/users/me', accessToken)).status).toBe(200); // the guard remembers that for seconds
    await service.sql(`UPDATE identity."User" SET status = 'deleted' WHERE id = $1`, [userId]);
    const gone = { status: 404, body: { code: 'users.not-found' } };
    expect(await client.get('/users/me', accessToken)).toMatchObject(gone);
    const patch = { body: { profile: { displayName: 'Ana' } }, token: accessToken };
    expect(await client.send('PATCH', '/users/me', patch)).toMatchObject(gone);
    await service.sql(`UPDATE identity."User" SET status = 'disabled' WHERE id = $1`, [userId]);
    expect(await client.send('PATCH', '/users/me', patch)).toMatchObject(gone);
  });

  it.each([
    ['an object', { address: { city: 'Hue' } }],
    ['a list', { tags: ['a'] }],
    ['a text too long', { displayName: 'x'.repeat(513) }],
    ['a name that is no name', { 'display name': 'Ana' }],
  ])('refuses %s in the profile', async (_what, profile) => {
    const { accessToken } = await service.client.signUp();
    const answer = await service.client.send('PATCH', '/users/me', { body: { profile }, token: accessToken });
    expect(answer).toMatchObject({ status: 422, body: { code: 'request.invalid' } });
    expect((await service.client.get('/users/me', accessToken)).body.profile).toEqual({});
  });
});

describe('changing my password', () => {
  const change = (token: string, body: Record<string, unknown> = {}) =>
    service.client.post(
      '/auth/password/change',
      { currentPassword: PASSWORD, newPassword: NEW_PASSWORD, ...body },
      token,
    );

  it('needs the current one [ASVS 6.2.3, 7.5.1]', async () => {
    const { accessToken, username } = await service.client.signUp();
    const answer = await change(accessToken, { currentPassword: 'not what it is at all' });
    expect(answer).toMatchObject({ status: 401, body: { code: 'auth.invalid-credentials' } });
    await signedIn(username);
  });

  it('replaces it and ends the other sessions [ASVS 6.2.2, 7.4.3]', async () => {
    const { client } = service;
    const { username, userId, ...first } = await client.signUp();
    const second = await signedIn(username);
    expect((await change(second.accessToken)).status).toBe(204);
    expect(await sessionRow(service, first.sessionId)).toMatchObject({ ended: true, end_reason: 'password-changed' });
    expect(await sessionRow(service, second.sessionId)).toMatchObject({ ended: false });
    await expectTurnedAway(first.accessToken);
    expect((await client.refresh(first.refreshToken)).status).toBe(401);
    expect((await client.refresh(second.refreshToken)).status).toBe(200);
    expect((await client.signIn(username)).status).toBe(401);
    await signedIn(username, NEW_PASSWORD);
    expect(await auditCount(service, 'password.changed', userId)).toBe(1);
  });

  it('keeps the other sessions when asked to', async () => {
    const { username, ...first } = await service.client.signUp();
    const second = await signedIn(username);
    expect((await change(second.accessToken, { endOtherSessions: false })).status).toBe(204);
    expect((await service.client.refresh(first.refreshToken)).status).toBe(200);
    expect((await service.client.signIn(username)).status).toBe(401);
  });

  it('lets one of two win that change it at once', async () => {
    const { client } = service;
    const { accessToken, username, userId } = await client.signUp();
    const passwords = ['violet kettle marches on', 'seven lamps under water'];
    const answers = await Promise.all(passwords.map((newPassword) => change(accessToken, { newPassword })));
    const won = answers.flatMap(({ status }, index) => (status === 204 ? [index] : []));
    expect(won).toHaveLength(1);
    const lost = answers.find(({ status }) => status !== 204);
    // The one that came later met either the row or the new password.
    expect(['auth.password-conflict', 'auth.invalid-credentials']).toContain(lost?.body.code);
    const usable = await Promise.all(passwords.map((password) => client.signIn(username, password)));
    expect(usable.map(({ status }) => status === 200)).toEqual(answers.map(({ status }) => status === 204));
    expect(await auditCount(service, 'password.changed', userId)).toBe(1);
  });

  it('refuses a new one that is easy to guess', async () => {
    const { accessToken, username } = await service.client.signUp();
    const answer = await change(accessToken, { newPassword: `${username}1` });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path: 'newPassword' }] } });
  });

  it('lets no sign-in with the old one through that was under way meanwhile', async () => {
    const { client } = service;
    const answer = await untilAvailable(async () => {
      const { username, userId, accessToken, sessionId } = await client.signUp();
      const holding = await service.open();
      await holding.query('BEGIN');
      await holding.query('SELECT FROM identity."User" WHERE id = $1 FOR UPDATE', [userId]);
      const signIn = client.signIn(username);
      await untilSignInWaits(service, signIn);
      const changed = await change(accessToken);
      await holding.query('COMMIT');
      await holding.end();
      const answered = await signIn;
      if (changed.status === 503) return changed;
      expect(changed.status).toBe(204);
      const live = await service.sql('SELECT id FROM identity."Session" WHERE user_id = $1 AND ended_at IS NULL', [
        userId,
      ]);
      expect(live).toEqual([{ id: sessionId }]);
      return answered;
    });
    expect(answer).toMatchObject({ status: 401, body: { code: 'auth.invalid-credentials' } });
  });
});

describe('a password hash with older parameters', () => {
  it('is renewed by sign-in, without refusing those who sign in at the same time', async () => {
    const { username, userId } = await service.client.signUp();
    const stored = async () => {
      const [row] = await service.sql<{ secret: string; changed_at: Date }>(
        'SELECT secret, changed_at FROM identity."UserCredential" WHERE user_id = $1',
        [userId],
      );
      return row;
    };
    const before = await stored();
    const { DATABASE_URL = '' } = service.env;
    const newer = await startService({
      env: { DATABASE_URL, SNOWFLAKE_WORKER_ID: '2', PASSWORD_ARGON2_MEMORY_KIB: '128' },
    });
    try {
      expect(tally(await atOnce(5, () => untilAvailable(() => newer.client.signIn(username))))).toEqual({ 200: 5 });
    } finally {
      await newer.stop();
    }
    const after = await stored();
    expect(before?.secret).toContain('$m=64,t=1,p=1$');
    expect(after?.secret).toContain('$m=128,t=1,p=1$');
    expect(after?.changed_at).toEqual(before?.changed_at);
    await signedIn(username);
  });
});

describe('my sessions', () => {
  it('are listed newest first, page by page, the present one marked', async () => {
    const { client } = service;
    const { username, ...first } = await client.signUp();
    const later = await oneByOne(3, () => signedIn(username));
    const newestFirst = [first, ...later].map(({ sessionId }) => sessionId).reverse();
    const seen: { id: string; current: boolean }[] = [];
    const sizes: number[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const more: string = cursor && `&cursor=${cursor}`;
      const { status, body } = await client.get(`/sessions?limit=2${more}`, first.accessToken);
      expect(status).toBe(200);
      seen.push(...(body.items as typeof seen));
      sizes.push((body.items as unknown[]).length);
      cursor = body.nextCursor as string | null;
    }
    expect(sizes).toEqual([2, 2]);
    expect(seen.map(({ id }) => id)).toEqual(newestFirst);
    expect(seen.filter(({ current }) => current).map(({ id }) => id)).toEqual([first.sessionId]);
  });

  it('tell device and address', async () => {
    const { client } = service;
    const headers = { 'User-Agent': 'Seller/1.2 (Android)' };
    const { body } = await client.send('POST', '/auth/sign-up', { body: credentials(randomUsername()), headers });
    const sessions = await client.get('/sessions', body.accessToken as string);
    expect(sessions.body.items).toMatchObject([{ device: 'Seller/1.2 (Android)', ip: '127.0.0.1', current: true }]);
  });

  it.each(['limit=0', 'limit=101', 'limit=x', 'cursor=-1', 'cursor=99999999999999999999', 'offset=1'])(
    'refuse the query %s',
    async (query) => {
      const { accessToken } = await service.client.signUp();
      const answer = await service.client.get(`/sessions?${query}`, accessToken);
      expect(answer).toMatchObject({ status: 422, body: { code: 'request.invalid' } });
    },
  );

  it('can be ended one by one, once', async () => {
    const { client } = service;
    const { username, ...first } = await client.signUp();
    const second = await signedIn(username);
    const end = () => client.send('DELETE', `/sessions/${second.sessionId}`, { token: first.accessToken });
    expect(tally(await atOnce(5, end))).toEqual({ 204: 1, 404: 4 });
    expect(await sessionRow(service, second.sessionId)).toMatchObject({ ended: true, end_reason: 'ended-by-user' });
    await expectTurnedAway(second.accessToken);
    const { body } = await client.get('/sessions', first.accessToken);
    expect(body.items).toHaveLength(1);
  });

  it('of somebody else are not found, and live on', async () => {
    const { client } = service;
    const [mine, theirs] = await Promise.all([client.signUp(), client.signUp()]);
    const answer = await client.send('DELETE', `/sessions/${theirs.sessionId}`, { token: mine.accessToken });
    expect(answer).toMatchObject({ status: 404, body: { code: 'auth.session-not-found' } });
    const unknown = await client.send('DELETE', '/sessions/1', { token: mine.accessToken });
    expect(unknown.body).toMatchObject({ code: 'auth.session-not-found', detail: answer.body.detail });
    expect(await sessionRow(service, theirs.sessionId)).toMatchObject({ ended: false });
    expect((await client.refresh(theirs.refreshToken)).status).toBe(200);
  });

  it('end though the client names a type for the body that it does not send', async () => {
    const { client } = service;
    const { accessToken: token, sessionId } = await client.signUp();
    const headers = { 'Content-Type': 'application/json' };
    const { status, body } = await client.send('POST', '/auth/password/change', { token, headers });
    expect([status, body.code]).toEqual([400, 'request.malformed']);
    expect((await client.send('DELETE', `/sessions/${sessionId}`, { token, headers })).status).toBe(204);
    const other = await client.signUp();
    const everywhere = await client.send('POST', '/auth/sign-out-all', { token: other.accessToken, headers });
    expect(everywhere.status).toBe(204);
  });

  it('all end with sign-out-all, and nobody else’s', async () => {
    const { client } = service;
    const bystander = await client.signUp();
    const { username, userId, ...first } = await client.signUp();
    const others = await oneByOne(2, () => signedIn(username));
    expect((await client.post('/auth/sign-out-all', undefined, first.accessToken)).status).toBe(204);
    expect(await liveSessions(service, userId)).toBe(0);
    await Promise.all([first, ...others].map(({ accessToken }) => expectTurnedAway(accessToken)));
    expect(tally(await Promise.all([first, ...others].map((t) => client.refresh(t.refreshToken))))).toEqual({ 401: 3 });
    expect((await client.refresh(bystander.refreshToken)).status).toBe(200);
    await signedIn(username);
  });

  it('are signed out with 204 whatever the token was', async () => {
    const { client } = service;
    const { refreshToken, sessionId } = await client.signUp();
    const answers = await oneByOne(2, () => client.post('/auth/sign-out', { refreshToken }));
    answers.push(await client.post('/auth/sign-out', { refreshToken: 'never ours' }));
    expect(tally(answers)).toEqual({ 204: 3 });
    expect(await sessionRow(service, sessionId)).toMatchObject({ ended: true, end_reason: 'signed-out' });
  });
});
