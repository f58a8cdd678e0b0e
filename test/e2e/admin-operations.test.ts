import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomEmail } from '../support/addresses.js';
import { signUpAdministrator } from '../support/administrators.js';
import { type Answer, PASSWORD } from '../support/client.js';
import { addressed, requestCode, verifyCode } from '../support/codes.js';
import { atOnce } from '../support/races.js';
import { startService, type TestService } from '../support/start-service.js';

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

const get = (path: string, token = admin.accessToken) => service.client.get(`/admin${path}`, token);
const send = (method: string, path: string, body: unknown) =>
  service.client.send(method, `/admin${path}`, { body, token: admin.accessToken });

describe('every route of administration', () => {
  const ROUTES: [string, string, unknown?][] = [
    ['GET', '/users'],
    ['GET', `/users/${UNKNOWN_ID}`],
    ['POST', `/users/${UNKNOWN_ID}/disable`],
    ['POST', `/users/${UNKNOWN_ID}/enable`],
    ['GET', `/users/${UNKNOWN_ID}/sessions`],
    ['POST', `/users/${UNKNOWN_ID}/end-sessions`],
    ['POST', `/users/${UNKNOWN_ID}/password-reset`],
    ['GET', '/audit-events'],
    ['GET', '/keys'],
    ['POST', '/otp/inspect', { namespace: 'verify-email', identifier: addressed('ana@example.com') }],
    ['POST', '/otp/unlock', { namespace: 'verify-email', identifier: addressed('ana@example.com') }],
    ['GET', '/configurations'],
    ['PUT', '/configurations/identity.test', { value: { type: 'TEXT', value: 'x' } }],
  ];

  it.each(ROUTES)('%s %s is refused to nobody and to somebody', async (method, path, body) => {
    const { accessToken, userId } = await service.client.signUp();
    const as = (token?: string, headers?: Record<string, string>) =>
      service.client.send(method, `/admin${path.replace(UNKNOWN_ID, userId)}`, { body, token, headers });
    expect((await as()).body).toMatchObject({ status: 401, code: 'auth.invalid-token' });
    expect((await as(undefined, { Authorization: 'Basic YTpi' })).body).toMatchObject({ status: 401 });
    expect((await as(accessToken)).body).toMatchObject({ status: 403, code: 'policy.permission-denied' });
    expect((await service.client.get('/users/me', accessToken)).status).toBe(200);
  });
});

describe('the codes of an identifier', () => {
  const UNLOCKED = `SELECT actor_id, details FROM identity."AuditEvent" WHERE action = 'otp.unlocked'`;
  const target = (address: string) => ({ namespace: 'verify-email', identifier: addressed(address) });
  const lock = async (address: string, challengeId: unknown) => {
    for (let guess = 0; guess < 5; guess += 1)
      await verifyCode(service.client, 'verify-email', address, challengeId, 'not it');
  };

  it('are shown without telling anything of the code, and unlocked [ASVS 14.2.6]', async () => {
    const { client } = service;
    const address = randomEmail();
    const { body } = await requestCode(client, 'verify-email', address);
    expect((await send('POST', '/otp/inspect', target(address.toUpperCase()))).body).toEqual({
      pendingFor: expect.closeTo(600, -2) as number,
      wrongGuesses: 0,
      lockedFor: null,
      cooldownFor: expect.closeTo(60, -2) as number,
      sentToday: 1,
      quotaRenewedIn: expect.closeTo(86_400, -3) as number,
    });
    await lock(address, body.challengeId);
    const locked = await send('POST', '/otp/inspect', target(address));
    expect(locked.body).toMatchObject({ pendingFor: null, lockedFor: expect.closeTo(600, -2) as number });
    const answers = await atOnce(3, () => send('POST', '/otp/unlock', target(address)));
    expect(answers.map(({ status }) => status)).toEqual([204, 204, 204]);
    expect((await requestCode(client, 'verify-email', address)).status).toBe(202);
    const events = await service.sql<Record<string, unknown>>(UNLOCKED);
    const identifier = `${address.charAt(0)}***@example.com`;
    const told = { actor_id: admin.userId, details: { namespace: 'verify-email', scheme: 'email', identifier } };
    // Who asks while there is a lock is told of, at least the one who ended it.
    expect([1, 2, 3]).toContain(events.length);
    expect(events).toEqual(events.map(() => told));
    expect((await send('POST', '/otp/unlock', target(address))).status).toBe(204);
    expect(await service.sql(UNLOCKED)).toHaveLength(events.length);
  });

  it('stay locked where nobody could be told who unlocked them [ASVS 16.5.3]', async () => {
    const { client } = service;
    const address = randomEmail();
    const { body } = await requestCode(client, 'verify-email', address);
    await lock(address, body.challengeId);
    const before = await service.sql(UNLOCKED);
    const refuse = 'ADD CONSTRAINT "full" CHECK (action <> \'otp.unlocked\') NOT VALID';
    await service.sql(`ALTER TABLE identity."AuditEvent" ${refuse}`);
    try {
      expect((await send('POST', '/otp/unlock', target(address))).status).toBe(500);
      const state = await send('POST', '/otp/inspect', target(address));
      expect(state.body).toMatchObject({ lockedFor: expect.any(Number) as number });
    } finally {
      await service.sql('ALTER TABLE identity."AuditEvent" DROP CONSTRAINT "full"');
    }
    expect((await send('POST', '/otp/unlock', target(address))).status).toBe(204);
    expect((await requestCode(client, 'verify-email', address)).status).toBe(202);
    expect(await service.sql(UNLOCKED)).toHaveLength(before.length + 1);
  });

  it.each([
    { namespace: 'any-code', identifier: addressed('ana@example.com') },
    { namespace: 'phone-auth', identifier: addressed('ana@example.com') },
    { namespace: 'verify-email', identifier: { scheme: 'email', value: 'no address' } },
    { namespace: 'verify-email', identifier: { scheme: 'email', value: 'a\0@example.com' } },
    { namespace: 'verify-email', identifier: { scheme: 'username', value: 'ana' } },
    { namespace: 'verify-email', identifier: addressed('ana@example.com'), code: '1' },
    { namespace: 'verify-email' },
  ])('are not those of %j', async (body) => {
    for (const path of ['/otp/inspect', '/otp/unlock'])
      expect((await send('POST', path, body)).body).toMatchObject({ status: 422, code: 'request.invalid' });
  });
});

describe('the keys', () => {
  it('are listed with their states, and nothing of a private one', async () => {
    const { status, body, text } = await get('/keys');
    expect(status).toBe(200);
    const published = await fetch(`${service.origin}/jw-certs`);
    const { keys } = (await published.json()) as { keys: [{ kid: string }] };
    expect(body).toEqual({
      items: [
        {
          kid: keys[0].kid,
          alg: 'ES256',
          state: 'signing',
          activatesAt: expect.stringMatching(/Z$/) as string,
          ageSeconds: expect.any(Number) as number,
          changesAt: null,
        },
      ],
      nextCursor: null,
    });
    const folder = service.env.JWKS_DIR ?? '';
    expect(text).not.toContain(folder);
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.pem')))
      expect(text).not.toContain(readFileSync(join(folder, file), 'utf8').split('\n')[1]);
  });
});

describe('the audit trail', () => {
  const events = ({ body }: Answer) =>
    body.items as { id: string; action: string; userId: string; occurredAt: string }[];

  it('is filtered by user, kind and time, and walked page by page [ASVS 16.3.1]', async () => {
    const { client } = service;
    const { username, userId } = await client.signUp();
    for (let times = 0; times < 3; times += 1) await client.signIn(username, 'not the password');
    await client.signIn(username, PASSWORD);
    const all = events(await get(`/audit-events?userId=${userId}`));
    expect(all.map(({ action }) => action)).toEqual([
      'sign-in.succeeded',
      'sign-in.failed',
      'sign-in.failed',
      'sign-in.failed',
      'user.signed-up',
    ]);
    const walked = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body }: Answer = await get(`/audit-events?userId=${userId}&limit=2${cursor && `&cursor=${cursor}`}`);
      walked.push(...(body.items as unknown[]));
      cursor = body.nextCursor as string | null;
    }
    expect(walked).toEqual(all);
    const failed = await get(`/audit-events?userId=${userId}&action=sign-in.failed`);
    expect(events(failed)).toEqual(all.slice(1, 4));
    expect(events(failed)[0]).toMatchObject({ outcome: 'failure', actorType: 'anonymous', ip: '127.0.0.1' });
    const [last, first] = [all[0]?.occurredAt ?? '', all.at(-1)?.occurredAt ?? ''];
    expect(
      events(await get(`/audit-events?userId=${userId}&from=${first}&to=${last}`)).map(({ id }) => id),
    ).not.toContain(all[0]?.id);
    expect(events(await get('/audit-events?from=2100-01-01T00:00:00Z'))).toEqual([]);
    expect(events(await get('/audit-events?to=2020-01-01T00:00:00Z'))).toEqual([]);
    expect(events(await get('/audit-events?action=%25'))).toEqual([]);
  });

  it.each([
    'limit=0',
    'limit=101',
    'cursor=x',
    'userId=x',
    'userId=ana',
    'action=',
    'action=a%00b',
    'from=yesterday',
    'from=2026-02-30T00:00:00Z',
    'to=1',
    'colour=red',
    'action=a&action=b',
  ])('refuses %s', async (query) => {
    expect((await get(`/audit-events?${query}`)).body).toMatchObject({ status: 422, code: 'request.invalid' });
  });

  it('takes any time that can be written', async () => {
    for (const time of ['0000-01-01T00:00:00', '9999-12-31T23:59:59.999999999'])
      for (const offset of ['Z', '%2B23:59', '-23:59'])
        for (const name of ['from', 'to'])
          expect((await get(`/audit-events?${name}=${time}${offset}`)).status).toBe(200);
  });

  it('knows a time wherever it is told', async () => {
    const [newest] = events(await get('/audit-events?limit=1'));
    const inVietnam = new Date(Date.parse(newest?.occurredAt ?? '') + 7 * 3_600_000)
      .toISOString()
      .replace('Z', '%2B07:00');
    const found = async (name: string) => events(await get(`/audit-events?${name}=${inVietnam}`)).map(({ id }) => id);
    expect(await found('from')).toContain(newest?.id);
    expect(await found('to')).not.toContain(newest?.id);
  });
});

describe('the configuration', () => {
  const put = (code: string, body: unknown) => send('PUT', `/configurations/${code}`, body);
  const SECRET = 'sesame-of-the-mail-server';

  it('is set, with a credential that never comes back [ASVS 8.2.3]', async () => {
    const code = 'identity.mail.smtp';
    const value = { type: 'JSON', value: { host: 'smtp.example.com', port: 587, from: 'a@example.com' } };
    const made = await put(code, { value, description: 'The mail server', credential: SECRET });
    expect([made.status, made.body]).toEqual([200, { code, result: 'created', credential: 'set' }]);
    expect((await put(code, { description: 'The mail server', credential: SECRET })).body.credential).toBe('set');
    // The kept credential would be sent there.
    const elsewhere = { type: 'JSON', value: { ...value.value, host: 'smtp.attacker.example' } };
    expect((await put(code, { value: elsewhere })).body).toMatchObject({
      status: 422,
      errors: [{ path: 'credential' }],
    });
    const { body, text } = await get('/configurations?group=identity.mail');
    expect(body).toEqual({
      items: [
        {
          code,
          group: 'identity.mail',
          description: 'The mail server',
          dataType: 'JSON',
          credential: 'current',
          updatedAt: expect.stringMatching(/Z$/) as string,
        },
      ],
      nextCursor: null,
    });
    expect(text).not.toContain('smtp.example.com');
    const [row] = await service.sql<{ credential: string }>(
      'SELECT credential FROM public."Configuration" WHERE code = $1',
      [code],
    );
    for (const answer of [made, await get('/configurations')]) {
      expect(answer.text).not.toContain(SECRET);
      expect(answer.text).not.toContain(row?.credential);
    }
    const events = await service.sql(`SELECT actor_type, actor_id, details FROM identity."AuditEvent"
      WHERE action = 'configuration.set'`);
    expect(events).toEqual(
      Array.from({ length: 2 }, () => ({ actor_type: 'user', actor_id: admin.userId, details: { code } })),
    );
  });

  it('holds values of four types', async () => {
    for (const value of [
      { type: 'TEXT', value: 'one\ntwo 😀' },
      { type: 'NUMBER', value: 1.5 },
      { type: 'BOOLEAN', value: false },
      { type: 'JSON', value: [{ a: null }, '😀', 1] },
      { type: 'JSON', value: null },
    ]) {
      expect((await put('identity.test.value', { value })).status).toBe(200);
      expect((await put('identity.test.value', { value })).body.result).toBe('unchanged');
    }
  });

  it('is listed page by page, each row once', async () => {
    for (const at of [1, 2, 3, 4, 5]) await put(`identity.list.${at}`, { value: { type: 'NUMBER', value: at } });
    const codes = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body }: Answer = await get(`/configurations?group=identity.list&limit=2${cursor && `&cursor=${cursor}`}`);
      codes.push((body.items as { code: string }[]).map(({ code }) => code.at(-1)).join(''));
      cursor = body.nextCursor as string | null;
    }
    expect(codes).toEqual(['12', '34', '5']);
  });

  it('lists rows of one code on one page, where another service keeps such', async () => {
    await service.sql('ALTER TABLE public."Configuration" DROP CONSTRAINT "Configuration_code_key"');
    await service.sql(`INSERT INTO public."Configuration" (id, code, "group")
      SELECT n, 'others.' || n / 3, 'others' FROM generate_series(3, 8) n`);
    const first = await get('/configurations?group=others&limit=2');
    expect([first.body.items.length, first.body.nextCursor]).toEqual([3, 'others.1']);
    const second = await get('/configurations?group=others&limit=2&cursor=others.1');
    expect([second.body.items.length, second.body.nextCursor]).toEqual([3, 'others.2']);
    const last = await get('/configurations?group=others&limit=2&cursor=others.2');
    expect(last.body).toEqual({ items: [], nextCursor: null });
  });

  it('is not set to what it cannot be', async () => {
    const value = { type: 'TEXT', value: 'x' };
    expect((await put('identity.nowhere', { credential: 'x' })).body).toMatchObject({
      status: 404,
      code: 'configuration.unknown',
    });
    for (const body of [
      {},
      { value: { type: 'TEXT', value: 1 } },
      { value: { type: 'TEXT', value: 'a\0b' } },
      { value: { type: 'TEXT', value: '\ud800' } },
      { value: { type: 'TEXT', value: 'x'.repeat(16_385) } },
      { value: { type: 'NUMBER', value: '1' } },
      { value: { type: 'JSON' } },
      { value: { type: 'JSON', value: { 'a\0': 1 } } },
      { value: { type: 'JSON', value: ['\udfff'] } },
      { value: { type: 'DATE', value: 1 } },
      { value: 'x' },
      { value, credential: '' },
      { value, credential: 'x'.repeat(16_385) },
      { value, group: 'a\0' },
      { value, colour: 'red' },
    ])
      expect((await put('identity.wrong', body)).body).toMatchObject({ status: 422, code: 'request.invalid' });
    for (const code of ['.x', 'a%00', 'a%20b', '%F0%9F%98%80', 'x'.repeat(201)])
      expect([404, 422]).toContain((await put(code, { value })).status);
    for (const query of ['limit=0', 'limit=101', 'cursor=', 'cursor=%00', 'group=', 'colour=red'])
      expect((await get(`/configurations?${query}`)).status).toBe(422);
  });
});
