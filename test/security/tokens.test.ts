import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader, exportJWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GenerateKey, KeyDirectory } from '@identity/jwks';
import { systemClock } from '@platform/kernel';
import type { Answer, Tokens } from '../support/client.js';
import { startService, type TestService } from '../support/start-service.js';
import { expectProblem } from './support/problems.js';
import { sendRaw } from './support/raw-http.js';

interface SigningKey {
  kid: string;
  key: KeyObject;
  alg: string;
}

const BASE = '/v1/api/identity';
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const folder = mkdtempSync(join(tmpdir(), 'nx-foreign-'));

let service: TestService;
let own: SigningKey;
let foreign: SigningKey;
let tokens: Tokens;

beforeAll(async () => {
  service = await startService();
  own = readKey(service.env.JWKS_DIR ?? '');
  await new GenerateKey(new KeyDirectory(folder), systemClock).execute({});
  foreign = readKey(folder);
  tokens = await service.client.signUp();
});
afterAll(async () => {
  await service.stop();
  rmSync(folder, { recursive: true, force: true });
});

function readKey(directory: string): SigningKey {
  const { keys } = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8')) as {
    keys: { file: string; alg: string }[];
  };
  const [{ file, alg } = { file: '', alg: '' }] = keys;
  // The file is named by algorithm and thumbprint.
  const kid = file.replace(/^[^-]+-|\.pem$/g, '');
  return { kid, alg, key: createPrivateKey(readFileSync(join(directory, file))) };
}

const ask = (token: string) => service.client.get('/auth/who-am-i', token);
const claims = () => decodeJwt(tokens.accessToken);
const header = () => decodeProtectedHeader(tokens.accessToken) as { alg: string; kid: string; typ: string };
const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Signed by jose, with the service's own key unless another is given; members that are undefined are left out. */
async function forge(payload: object = {}, head: object = {}, key = own.key): Promise<string> {
  const protectedHeader = { ...header(), ...head };
  return await new SignJWT({ ...claims(), ...payload }).setProtectedHeader(protectedHeader).sign(key);
}

/** A JWS over any header and payload, with the service's own key, by hand. */
function signed(head: unknown, payload: unknown): string {
  const input = `${encode(head)}.${encode(payload)}`;
  return `${input}.${sign('sha256', Buffer.from(input), { key: own.key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

function expectRefused(answer: Answer): void {
  expectProblem(answer, { status: 401, code: 'auth.invalid-token' });
  expect(answer.body.detail).toMatch(/^(The access token is not valid|This needs an access token)\.$/);
  expect(answer.body.errors).toBeUndefined();
}

describe('an access token', () => {
  it('is accepted as it was issued, and when a test signs the same by hand: what follows fails for its own faults', async () => {
    expect((await ask(tokens.accessToken)).status).toBe(200);
    expect((await ask(await forge())).status).toBe(200);
    expect((await ask(signed(header(), claims()))).status).toBe(200);
  });

  it.each([
    [0, 'header'],
    [1, 'payload'],
    [2, 'signature'],
  ])('is refused when its part %d, the %s, is altered anywhere [ASVS 9.1.1]', async (part) => {
    const parts = tokens.accessToken.split('.');
    const text = parts[part] ?? '';
    const places = [...Array(text.length).keys()].filter((at) => at % 7 === 0 || at === text.length - 1);
    const altered = places.map((at) => {
      // The next letter: in the last place that may change nothing but the bits to spare.
      const other = ALPHABET[(ALPHABET.indexOf(text[at] ?? '') + 1) % 64];
      return parts.with(part, `${text.slice(0, at)}${other}${text.slice(at + 1)}`).join('.');
    });
    for (const token of altered) expectRefused(await ask(token));
  });

  it('is refused when parts are missing, added, swapped or taken from another', async () => {
    const [head = '', payload = '', signature = ''] = tokens.accessToken.split('.');
    const [, otherPayload = '', otherSignature = ''] = (await service.client.signUp()).accessToken.split('.');
    for (const token of [
      `${head}.${payload}`,
      `${head}.${payload}.`,
      `.${payload}.${signature}`,
      `${head}..${signature}`,
      `${head}.${payload}.${signature}.`,
      `${head}.${payload}.${signature}.${signature}`,
      `${head}.${payload}.${signature}.x.y`,
      `${payload}.${head}.${signature}`,
      `${head}.${otherPayload}.${signature}`,
      `${head}.${payload}.${otherSignature}`,
      `${head}.${payload}.${'A'.repeat(86)}`,
      `${head}.${payload}.${'A'.repeat(8)}`,
      '...',
      '..',
    ])
      expectRefused(await ask(token));
  });

  it.each(['none', 'None', 'NONE', 'nOnE', ''])(
    'without a signature, of alg %j, is refused [ASVS 9.1.2]',
    async (alg) => {
      const input = `${encode({ ...header(), alg })}.${encode(claims())}`;
      const [, , signature] = tokens.accessToken.split('.');
      for (const token of [`${input}.`, input, `${input}.${signature}`]) expectRefused(await ask(token));
    },
  );

  it('of HS256, keyed with the public key in any of its forms, is refused [ASVS 9.1.2]', async () => {
    const published = createPublicKey(own.key);
    const jwk = await exportJWK(published);
    const forms = [
      published.export({ format: 'pem', type: 'spki' }),
      published.export({ format: 'pem', type: 'spki' }).toString().trim(),
      published.export({ format: 'der', type: 'spki' }),
      JSON.stringify(jwk),
      Buffer.from(jwk.x ?? '', 'base64url'),
      '',
    ];
    for (const alg of ['HS256', 'HS384', 'HS512']) {
      for (const secret of forms) {
        const input = `${encode({ ...header(), alg })}.${encode(claims())}`;
        const mac = createHmac(alg.replace('HS', 'sha'), secret).update(input).digest('base64url');
        expectRefused(await ask(`${input}.${mac}`));
      }
    }
  });

  it('of another algorithm than that of its key is refused [ASVS 9.1.2]', async () => {
    for (const alg of ['ES384', 'RS256', 'PS256', 'EdDSA', 'es256', 'ES256K', 'RSA-OAEP', 1, null, ['ES256']])
      expectRefused(await ask(signed({ ...header(), alg }, claims())));
    expectRefused(await ask(signed({ kid: own.kid, typ: 'at+jwt' }, claims())));
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    expectRefused(await ask(await forge({}, { alg: 'RS256' }, rsa)));
  });

  it.each(['JWT', 'jwt', 'dpop+jwt', 'id_token+jwt', 'logout+jwt', '', undefined, 1, 'at+jwt ', 'application/jwt'])(
    'of type %j is refused: another kind of token is no access token [ASVS 9.2.2]',
    async (typ) => {
      expectRefused(await ask(signed({ ...header(), typ }, claims())));
    },
  );

  it('of a key that is not ours is refused, by its own kid or by ours [ASVS 9.1.3]', async () => {
    expect(foreign.kid).not.toBe(own.kid);
    expectRefused(await ask(await forge({}, { kid: foreign.kid }, foreign.key)));
    expectRefused(await ask(await forge({}, {}, foreign.key)));
    expectRefused(await ask(await forge({}, { kid: foreign.kid })));
  });

  it.each([
    '',
    '../../../../etc/passwd',
    '/dev/null',
    "x' OR '1'='1",
    '__proto__',
    'constructor',
    'http://evil.example/key',
    'x\0',
    'x'.repeat(4000),
    undefined,
    null,
    1,
    {},
    ['x'],
  ])('of kid %j is refused', async (kid) => {
    expectRefused(await ask(signed({ ...header(), kid }, claims())));
  });

  it('cannot bring its own key, nor say where to fetch one [ASVS 9.1.3]', async () => {
    const jwk = { ...(await exportJWK(createPublicKey(foreign.key))), kid: foreign.kid };
    const jku = `${service.origin}/jw-certs`;
    for (const head of [
      { jwk },
      { jku },
      { x5u: jku },
      { x5c: ['MIIB'] },
      { jwk, kid: undefined },
      { jku, kid: undefined },
    ])
      expectRefused(await ask(await forge({}, { kid: foreign.kid, ...head }, foreign.key)));
  });

  it('with an extension that must be understood is refused', async () => {
    for (const crit of [['exp'], ['b64'], [], 'exp'])
      expectRefused(await ask(signed({ ...header(), crit, b64: true, exp: 1 }, claims())));
  });

  it('is refused once it has expired, and before it counts [ASVS 9.2.1]', async () => {
    const now = Math.floor(Date.now() / 1000);
    for (const payload of [
      { exp: now - 61 },
      { exp: now - 3600 },
      { exp: 0 },
      { nbf: now + 120 },
      { nbf: now + 3600, exp: now + 7200 },
    ])
      expectRefused(await ask(await forge(payload)));
  });

  it.each(['exp', 'nbf', 'iat', 'iss', 'aud', 'sub', 'sid', 'jti', 'auth_time', 'amr', 'roles', 'userId'])(
    'without %s is refused',
    async (name) => {
      expectRefused(await ask(await forge({ [name]: undefined })));
    },
  );

  it('with times that are no whole seconds is refused', async () => {
    const far = Math.floor(Date.now() / 1000) + 600;
    for (const exp of [String(far), far + 0.5, -1, null, [far], { at: far }, true])
      expectRefused(await ask(signed(header(), { ...claims(), exp })));
    const endless = JSON.stringify(claims()).replace(/"exp":\d+/, '"exp":1e999');
    expect(endless).toContain('1e999');
    expectRefused(await ask(signed(header(), endless)));
  });

  it('for another audience is refused [ASVS 9.2.3]', async () => {
    for (const aud of [
      'orders',
      ['orders'],
      ['orders', 'shop'],
      '',
      [],
      'NX-SELLER',
      'nx-seller ',
      'nx-seller,orders',
      null,
      {},
    ])
      expectRefused(await ask(signed(header(), { ...claims(), aud })));
  });

  it('for several audiences, us among them, is accepted', async () => {
    expect((await ask(await forge({ aud: ['orders', 'nx-seller'] }))).status).toBe(200);
  });

  it('of another issuer is refused', async () => {
    const { iss = '' } = claims();
    for (const other of ['https://evil.example', `${iss}/`, iss.toUpperCase(), '', [iss], null])
      expectRefused(await ask(signed(header(), { ...claims(), iss: other })));
  });

  it('with a claim that stands twice, or is no JSON object, is refused', async () => {
    const text = JSON.stringify(claims());
    for (const payload of [
      `${text.slice(0, -1)},"sub":"1"}`,
      `{"sub":"1",${text.slice(1)}`,
      '[]',
      'null',
      '1',
      '"x"',
      '{',
      '',
    ])
      expectRefused(await ask(signed(header(), payload)));
    const twice = `${JSON.stringify(header()).slice(0, -1)},"alg":"none"}`;
    expectRefused(await ask(signed(twice, claims())));
  });

  it.each(['', 'abc', '0', '-1', '1.5', "1' OR '1'='1", '1\0', '9223372036854775808', '9'.repeat(255), '1 ', '🦊'])(
    'of session %j is refused, though well signed',
    async (sid) => {
      expectRefused(await ask(await forge({ sid })));
    },
  );

  it.each(['', 'abc', '-1', "1' OR '1'='1", '9'.repeat(255)])(
    'of subject %j is refused, though well signed',
    async (sub) => {
      expectRefused(await ask(await forge({ sub, userId: sub })));
    },
  );

  it('of a session that does not exist is refused', async () => {
    expectRefused(await ask(await forge({ sid: '9223372036854775807' })));
  });

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

  it('longer than 8 KiB is refused, though well signed', async () => {
    expectRefused(await ask(await forge({ padding: 'x'.repeat(7000) })));
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

  it('has no stand-in: neither query, nor cookie, nor another header', async () => {
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
