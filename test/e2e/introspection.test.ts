import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { poll } from '@platform/testing';
import { type Answer, PASSWORD, type Tokens } from '../support/client.js';
import { createSister, type Sister } from '../support/sisters.js';
import { startService, type TestService } from '../support/start-service.js';

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

let service: TestService;
let sister: Sister;

beforeAll(async () => {
  service = await startService();
  sister = await createSister(service, 'tokens:introspect');
});
afterAll(async () => {
  await service.stop();
});

const post = (body: unknown, headers = {}): Promise<Answer> =>
  service.client.send('POST', '/internal/tokens/introspect', { body, headers: { ...sister.headers, ...headers } });
const introspect = (token: string) => post({ token });
const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
const untilInactive = (token: string) =>
  poll('the end of the token', 8, async () => (await introspect(token)).body.active === false || undefined);

function expectInactive({ status, body }: Answer): void {
  expect([status, body]).toEqual([200, { active: false }]);
}

describe('an access token', () => {
  it('is active and told with its claims while its session lives', async () => {
    const { accessToken, sessionId, userId } = await service.client.signUp();
    const { status, body, headers } = await introspect(accessToken);
    const { roles: _roles, userId: _userId, ...claims } = claimsOf(accessToken);
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(body).toEqual({ active: true, token_type: 'Bearer', ...claims });
    expect(body).toMatchObject({ sub: userId, sid: sessionId });
  });

  it('that is for a sister service as well says so', async () => {
    const { username } = await service.client.signUp();
    const { accessToken } = (await service.client.signIn(username, PASSWORD, { audience: 'orders' })).body as Tokens;
    expect((await introspect(accessToken)).body.aud).toEqual(claimsOf(accessToken).aud);
  });

  it('stays active after a refresh, and none is once its session was signed out', async () => {
    const first = await service.client.signUp();
    const next = (await service.client.refresh(first.refreshToken)).body as Tokens;
    expect((await introspect(first.accessToken)).body.active).toBe(true);
    expect((await introspect(next.accessToken)).body.active).toBe(true);
    await service.client.post('/auth/sign-out', { refreshToken: next.refreshToken });
    await untilInactive(first.accessToken);
    await untilInactive(next.accessToken);
  });

  it('is not active once its session has ended in the database alone', async () => {
    const { accessToken, userId } = await service.client.signUp();
    expect((await introspect(accessToken)).body.active).toBe(true);
    await service.sql(`UPDATE identity."Session" SET ended_at = now() WHERE user_id = $1`, [userId]);
    await untilInactive(accessToken);
  });
});

describe('whatever else is handed in', () => {
  it('is not active, and is no error', async () => {
    const { accessToken, refreshToken, deviceToken } = await service.client.signUp();
    const [header = '', payload = '', signature = ''] = accessToken.split('.');
    const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url');
    for (const token of [
      '',
      ' ',
      refreshToken,
      deviceToken,
      'e30.e30.e30',
      `${header}.${payload}.`,
      `${none}.${payload}.`,
      `${header}.${payload}.${signature.slice(0, -8)}AAAAAAAA`,
      ` ${accessToken}`,
      `Bearer ${accessToken}`,
      '\0',
      '😀',
      'x'.repeat(60_000),
    ])
      expectInactive(await introspect(token));
  });

  it('is told with a hint or without, and the hint decides nothing', async () => {
    const { accessToken, refreshToken } = await service.client.signUp();
    for (const hint of ['access_token', 'refresh_token', 'saml']) {
      expect((await post({ token: accessToken, token_type_hint: hint })).body.active).toBe(true);
      expectInactive(await post({ token: refreshToken, token_type_hint: hint }));
    }
  });

  it('must be a token', async () => {
    for (const body of [{}, { token: 1 }, { token: 'x', tokenTypeHint: 'x' }, { token: null }])
      expect(await post(body)).toMatchObject({ status: 422, body: { code: 'request.invalid' } });
  });
});

describe('a form, as the RFC has it', () => {
  it('is taken', async () => {
    const { accessToken } = await service.client.signUp();
    const form = new URLSearchParams({ token: accessToken, token_type_hint: 'access_token' }).toString();
    expect((await post(form, FORM)).body.active).toBe(true);
    expectInactive(await post('token=e30.e30.e30', FORM));
    expectInactive(await post('token=%ff%00+', FORM));
  });

  it('is refused when it has other fields, one of them twice, or none', async () => {
    for (const form of ['', 'token=x&colour=red', 'token[]=x', '{"token":"x"}'])
      expect(await post(form, FORM)).toMatchObject({ status: 422, body: { code: 'request.invalid' } });
    for (const form of ['token=x&token=y', 'token=x&%74oken=y', 'token=x&__proto__=y'])
      expect(await post(form, FORM)).toMatchObject({ status: 400, body: { code: 'request.malformed' } });
    expect(await post(`token=${'x'.repeat(65_536)}`, FORM)).toMatchObject({ status: 413 });
  });

  it('is taken nowhere else', async () => {
    const answer = await service.client.send('POST', '/auth/sign-out', { body: 'refreshToken=x', headers: FORM });
    expect(answer).toMatchObject({ status: 415, body: { code: 'request.unsupported-media-type' } });
    const lookUp = { body: 'identifiers=x', headers: { ...sister.headers, ...FORM } };
    expect(await service.client.send('POST', '/internal/users/lookup', lookUp)).toMatchObject({ status: 415 });
  });
});
