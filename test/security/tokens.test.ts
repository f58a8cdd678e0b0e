import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, Tokens } from '../support/client.js';
import { PatientClient } from '../support/patient-client.js';
import { startService, type TestService } from '../support/start-service.js';
import { ALPHABET, Forger, readKeys } from './support/forger.js';
import { expectProblem } from './support/problems.js';
import { sendRaw } from './support/raw-http.js';

const BASE = '/v1/api/identity';

let service: TestService;
let forger: Forger;
let tokens: Tokens;

beforeAll(async () => {
  service = await startService();
  service.client = new PatientClient(service.origin);
  tokens = await service.client.signUp();
  const keys = readKeys(service.env.JWKS_DIR ?? '');
  forger = new Forger(keys, keys['ES256']!, tokens.accessToken, service.origin);
});
afterAll(async () => {
  await service.stop();
});

const ask = (token: string) => service.client.get('/auth/who-am-i', token);

function expectRefused(answer: Answer): void {
  expectProblem(answer, { status: 401, code: 'auth.invalid-token' });
  expect(answer.body.detail).toMatch(/^(The access token is not valid|This needs an access token)\.$/);
  expect(answer.body.errors).toBeUndefined();
}

/** Forgeries are jws-attacks.test.ts's; here is what only the service can tell. */
describe('an access token', () => {
  it('is refused with a part of another', async () => {
    const [head = '', payload = '', signature = ''] = tokens.accessToken.split('.');
    const [, otherPayload = '', otherSignature = ''] = (await service.client.signUp()).accessToken.split('.');
    for (const token of [`${head}.${otherPayload}.${signature}`, `${head}.${payload}.${otherSignature}`])
      expectRefused(await ask(token));
  });

  it.each(['auth_time', 'amr', 'roles', 'userId'])('without %s is refused', async (name) => {
    expectRefused(await ask(forger.forge({ [name]: undefined })));
  });

  it('for several audiences, us among them, is accepted', async () => {
    expect((await ask(forger.forge({ aud: ['orders', 'nx-seller'] }))).status).toBe(200);
  });

  it.each(['0', '01', '9223372036854775808', '9223372036854775807'])(
    'of session %j is refused, though well signed',
    async (sid) => {
      expectRefused(await ask(forger.forge({ sid })));
    },
  );

  it('of a session that was ended is refused at once [ASVS 7.4.1]', async () => {
    const signedOut = await service.client.signUp();
    const everywhere = await service.client.signUp();
    const ended = await service.client.signUp();
    for (const { accessToken } of [signedOut, everywhere, ended]) expect((await ask(accessToken)).status).toBe(200);
    await service.client.post('/auth/sign-out', { refreshToken: signedOut.refreshToken });
    await service.client.post('/auth/sign-out-all', undefined, everywhere.accessToken);
    await service.client.send('DELETE', `/sessions/${ended.sessionId}`, { token: ended.accessToken });
    for (const { accessToken } of [signedOut, everywhere, ended]) expectRefused(await ask(accessToken));
  });

  it('is not a refresh token or a device token', async () => {
    expectRefused(await ask(tokens.refreshToken));
    expectRefused(await ask(tokens.deviceToken));
  });
});

describe('a refresh token', () => {
  const refuse = async (token: string) =>
    expectProblem(await service.client.refresh(token), { status: 401, code: 'auth.invalid-refresh-token' });

  it('is refused when it is altered anywhere, spelt otherwise, or of another kind', async () => {
    const { refreshToken, deviceToken, accessToken } = await service.client.signUp();
    for (let at = 0; at < refreshToken.length; at += 5) {
      const other = ALPHABET[(ALPHABET.indexOf(refreshToken[at] ?? '') + 1) % 64];
      await refuse(`${refreshToken.slice(0, at)}${other}${refreshToken.slice(at + 1)}`);
    }
    for (const text of [deviceToken, deviceToken.replace('nxd_', 'nxr_'), `${refreshToken}=`, ` ${refreshToken}`])
      await refuse(text);
    await refuse(accessToken);
    expect((await service.client.refresh(refreshToken)).status).toBe(200);
  });
});

describe('the Authorization header', () => {
  const withHeaders = async (...lines: string[]) => {
    const head = `GET ${BASE}/auth/who-am-i HTTP/1.1\r\nHost: identity.example\r\n`;
    const [answer] = await sendRaw(service.origin, `${head}${lines.map((line) => `${line}\r\n`).join('')}\r\n`);
    return answer!;
  };

  it.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('takes the scheme %s: schemes have no case', async (scheme) => {
    expect((await withHeaders(`Authorization: ${scheme} ${tokens.accessToken}`)).status).toBe(200);
    expect((await withHeaders(`authorization:${scheme}   ${tokens.accessToken}  `)).status).toBe(200);
  });

  it('is needed', async () => {
    expectRefused(await withHeaders());
  });

  it.each([
    ['nothing', () => ''],
    ['the scheme alone', () => 'Bearer'],
    ['the scheme and a space', () => 'Bearer '],
    ['the token alone', (token: string) => token],
    ['Basic', () => `Basic ${Buffer.from('admin:admin').toString('base64')}`],
    ['the token as Basic', (token: string) => `Basic ${token}`],
    ['Digest', () => 'Digest username="ana"'],
    ['DPoP', (token: string) => `DPoP ${token}`],
    ['a longer scheme', (token: string) => `BearerX ${token}`],
    ['a scheme before', (token: string) => `Basic Bearer ${token}`],
    ['no space', (token: string) => `Bearer${token}`],
    ['a tab for a space', (token: string) => `Bearer\t${token}`],
    ['a colon', (token: string) => `Bearer: ${token}`],
    ['quotes', (token: string) => `Bearer "${token}"`],
    ['an equals sign', (token: string) => `Bearer token=${token}`],
    ['a list', (token: string) => `Bearer ${token}, Bearer ${token}`],
    ['something behind', (token: string) => `Bearer ${token} x`],
    ['two tokens', (token: string) => `Bearer ${token} ${token}`],
    ['padding', (token: string) => `Bearer ${token}=`],
    ['a percent escape', (token: string) => `Bearer ${token}%20`],
    ['a byte that is not ASCII', (token: string) => `Bearer ${token}é`],
    ['undefined', () => 'Bearer undefined'],
    ['null', () => 'Bearer null'],
    ['9 KB', () => `Bearer ${'a'.repeat(9 * 1024)}`],
    ['9 KB of spaces', (token: string) => `Bearer${' '.repeat(9 * 1024)}${token}x`],
    ['9 KB of equals signs', () => `Bearer a${'='.repeat(9 * 1024)}b`],
  ])('with %s is refused', async (_what, value) => {
    expectRefused(await withHeaders(`Authorization: ${value(tokens.accessToken)}`));
  });

  it('of 20 KB is more than headers may have', async () => {
    expectProblem(await withHeaders(`Authorization: Bearer ${'a'.repeat(20 * 1024)}`), { status: 431 });
  });

  it('that is there twice is refused, whichever is good: a proxy may have looked at the other', async () => {
    const good = `Authorization: Bearer ${tokens.accessToken}`;
    const bad = 'Authorization: Bearer x.y.z';
    for (const lines of [
      [good, bad],
      [bad, good],
      [good, good],
      [good, 'Authorization:'],
      [good, 'authorization: Basic eDp5'],
    ])
      expectRefused(await withHeaders(...lines));
  });

  it('has no stand-in: neither query, nor cookie, nor another header [ASVS 14.2.1]', async () => {
    const { accessToken } = tokens;
    expectRefused(await service.client.get(`/auth/who-am-i?access_token=${accessToken}`));
    for (const name of [
      'Cookie: access_token=',
      'X-Access-Token: ',
      'Proxy-Authorization: Bearer ',
      'X-Authorization: Bearer ',
    ])
      expectRefused(await withHeaders(`${name}${accessToken}`));
    // A body with the token would be a form (RFC 6750, section 2.2), which nothing here reads.
    const form = {
      body: `access_token=${accessToken}`,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    };
    expectProblem(await service.client.send('POST', '/auth/sign-out-all', form));
    expect((await ask(accessToken)).status).toBe(200);
  });

  it('does not matter on a public route', async () => {
    expect((await service.client.send('GET', '/healthz', { headers: { Authorization: 'Bearer x' } })).status).toBe(200);
  });

  it.each([
    ['GET', '/auth/who-am-i'],
    ['POST', '/auth/sign-out-all'],
    ['POST', '/auth/password/change'],
    ['GET', '/users/me'],
    ['PATCH', '/users/me'],
    ['DELETE', '/users/me'],
    ['GET', '/sessions'],
    ['DELETE', '/sessions/1'],
  ])('is asked for before anything else of %s %s is looked at [ASVS 8.3.1]', async (method, path) => {
    for (const body of method === 'GET' ? [undefined] : [undefined, { nonsense: true }])
      expectRefused(await service.client.send(method, path, { body }));
  });
});
