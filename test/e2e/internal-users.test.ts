import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Database } from '@platform/database';
import { randomEmail, randomPhone } from '../support/addresses.js';
import { randomUsername } from '../support/client.js';
import { createSister, type Sister } from '../support/sisters.js';
import { startService, type TestService } from '../support/start-service.js';

let service: TestService;
let sister: Sister;

beforeAll(async () => {
  service = await startService();
  sister = await createSister(service, 'users:read');
});
afterAll(async () => {
  await service.stop();
});

const find = (id: string) => service.client.send('GET', `/internal/users/${id}`, { headers: sister.headers });
const lookUp = (identifiers: unknown) =>
  service.client.send('POST', '/internal/users/lookup', { headers: sister.headers, body: { identifiers } });
const named = (value: string) => ({ scheme: 'username', value });

let nextId = 0;
async function addIdentifier(userId: string, scheme: string, value: string): Promise<void> {
  await service.sql(
    `INSERT INTO identity."UserIdentifier" (id, user_id, scheme, value, display, verified_at)
     VALUES ($1, $2, $3, $4, $4, now())`,
    [(nextId += 1), userId, scheme, value],
  );
}

describe('an account by its id', () => {
  it('is what its owner sees of it', async () => {
    const { accessToken, userId } = await service.client.signUp();
    await addIdentifier(userId, 'email', randomEmail());
    const answer = await find(userId);
    expect(answer.status).toBe(200);
    expect(answer.body.identifiers).toHaveLength(2);
    expect(answer.body).toEqual((await service.client.get('/users/me', accessToken)).body);
    expect(answer.text).not.toMatch(/argon2|secret|realm/);
  });

  it('is told of while it is disabled, and gone once it is deleted', async () => {
    const { userId } = await service.client.signUp();
    await service.sql(`UPDATE identity."User" SET status = 'disabled' WHERE id = $1`, [userId]);
    expect((await find(userId)).body).toMatchObject({ id: userId, status: 'disabled' });
    await service.sql(`UPDATE identity."User" SET status = 'deleted' WHERE id = $1`, [userId]);
    expect(await find(userId)).toMatchObject({ status: 404, body: { code: 'users.not-found' } });
  });

  it('that nobody has is not found, and what is no id is refused', async () => {
    expect(await find('248151234567890944')).toMatchObject({ status: 404, body: { code: 'users.not-found' } });
    for (const id of ['abc', '0', '-1', '9223372036854775808', '%00'])
      expect(await find(id)).toMatchObject({ status: 422, body: { code: 'request.invalid' } });
  });
});

describe('a look-up', () => {
  it('answers in order, whatever way names are written, twice where one is asked for twice', async () => {
    const [ana, ben] = [await service.client.signUp(), await service.client.signUp()];
    const [email, phone] = [randomEmail(), randomPhone()];
    await addIdentifier(ana.userId, 'email', email);
    await addIdentifier(ben.userId, 'phone', phone);
    const unknown = randomUsername();
    const { status, body } = await lookUp([
      { scheme: 'phone', value: `0${phone.slice(3)}` },
      named(` ${ana.username.toUpperCase()} `),
      named(unknown),
      { scheme: 'email', value: email.toUpperCase() },
      named(ana.username),
    ]);
    expect(status).toBe(200);
    const items = body.items as { identifier: object; user: { id: string } | null }[];
    expect(items.map(({ user }) => user?.id ?? null)).toEqual([ben.userId, ana.userId, null, ana.userId, ana.userId]);
    expect(items.map(({ identifier }) => identifier)).toEqual([
      { scheme: 'phone', value: phone },
      named(ana.username),
      named(unknown),
      { scheme: 'email', value: email },
      named(ana.username),
    ]);
    expect(items[1]?.user).toEqual((await find(ana.userId)).body);
  });

  it('does not find a username under another scheme, nor a deleted account', async () => {
    const { userId, username } = await service.client.signUp();
    await service.sql(`UPDATE identity."User" SET status = 'deleted' WHERE id = $1`, [userId]);
    const { body } = await lookUp([named(username), { scheme: 'email', value: `${username}@example.com` }]);
    expect((body.items as { user: unknown }[]).map(({ user }) => user)).toEqual([null, null]);
  });

  it('of a hundred is one statement, and of more is refused', async () => {
    const { username, userId } = await service.client.signUp();
    const names = Array.from({ length: 100 }, (_each, at) => named(at === 57 ? username : randomUsername()));
    await lookUp(names.slice(0, 1)); // the service accounts are known now
    const query = vi.spyOn(service.app.get(Database), 'query');
    const { status, body } = await lookUp(names);
    const statements = query.mock.calls.map(([sql]) => sql).filter((sql) => sql.includes('"UserIdentifier"'));
    query.mockRestore();
    expect([status, statements.length]).toEqual([200, 1]);
    const items = body.items as { user: { id: string } | null }[];
    expect(items.map(({ user }) => user?.id ?? null)).toEqual(names.map((_each, at) => (at === 57 ? userId : null)));
    expect(await lookUp([...names, named('one.more')])).toMatchObject({
      status: 422,
      body: { errors: [{ path: 'identifiers' }] },
    });
    expect(await lookUp([])).toMatchObject({ status: 422, body: { errors: [{ path: 'identifiers' }] } });
  });

  it('names each identifier that is malformed', async () => {
    const answer = await lookUp([
      named('good.name'),
      { scheme: 'email', value: 'nobody' },
      named('1'),
      named('ok.too'),
    ]);
    expect(answer).toMatchObject({
      status: 422,
      body: {
        code: 'request.invalid',
        errors: [
          { path: 'identifiers.1.value', code: 'not-email' },
          { path: 'identifiers.2.value', code: 'not-username' },
        ],
      },
    });
    const many = await lookUp(Array.from({ length: 100 }, () => named('1')));
    expect(many.body.errors).toHaveLength(20);
    const unknown = await lookUp([{ scheme: 'fax', value: '1' }]);
    expect(unknown).toMatchObject({ status: 422, body: { errors: [{ path: 'identifiers.0.scheme' }] } });
  });
});
