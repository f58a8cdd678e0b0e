import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRemoteJWKSet, decodeProtectedHeader, errors, type JWTVerifyOptions, jwtVerify } from 'jose';
import jwt from 'jsonwebtoken';
import { JwksClient } from 'jwks-rsa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GenerateKey, KeyDirectory, type SigningAlgorithm } from '@identity/jwks';
import { systemClock } from '@platform/kernel';
import type { Answer, Tokens } from '../support/client.js';
import { startService, type TestService } from '../support/start-service.js';

const PUBLIC_MEMBERS = {
  EC: ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'],
  RSA: ['alg', 'e', 'kid', 'kty', 'n', 'use'],
};

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nx-identity-keys-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A service whose signing key is of this algorithm; with `next`, the one that follows is published already. */
async function startWith(alg: SigningAlgorithm, next?: SigningAlgorithm): Promise<TestService> {
  const keys = join(folder, `${alg}-${next ?? 'alone'}`);
  const generate = new GenerateKey(new KeyDirectory(keys), systemClock);
  await generate.execute({ alg });
  if (next) await generate.execute({ alg: next, leadSeconds: 3600, force: true });
  return await startService({ env: { JWKS_DIR: keys } });
}

function setOf({ origin }: TestService) {
  return createRemoteJWKSet(new URL('/jw-certs', origin));
}

function rules({ origin }: TestService, audience = 'nx-seller'): JWTVerifyOptions {
  return { issuer: origin, audience, typ: 'at+jwt', algorithms: ['ES256', 'RS256'] };
}

async function keySet({ origin }: TestService, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${origin}/jw-certs`, { headers, redirect: 'error' });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: text ? JSON.parse(text) : {} };
}

describe.each(['ES256', 'RS256'] as const)('a sister service, with a ring of %s', (alg) => {
  let service: TestService;

  beforeAll(async () => {
    service = await startWith(alg);
  });
  afterAll(async () => {
    await service.stop();
  });

  it('verifies a token with jose and the published set alone', async () => {
    const { accessToken, userId, sessionId } = await service.client.signUp();
    const { payload, protectedHeader } = await jwtVerify(accessToken, setOf(service), rules(service));
    const { body } = await keySet(service);
    expect(protectedHeader).toEqual({ alg, typ: 'at+jwt', kid: (body.keys as { kid: string }[])[0]?.kid });
    const now = Date.now() / 1000;
    expect(payload).toEqual({
      iss: service.origin,
      sub: userId,
      userId,
      aud: 'nx-seller',
      iat: payload.iat,
      nbf: payload.iat,
      exp: (payload.iat ?? 0) + 900,
      jti: expect.stringMatching(/^[\w-]{22}$/) as string,
      sid: sessionId,
      auth_time: expect.any(Number) as number,
      amr: ['pwd'],
      roles: [],
    });
    expect(Math.abs(now - (payload.iat ?? 0))).toBeLessThan(10);
    expect(Math.abs(now - Number(payload.auth_time))).toBeLessThan(10);
  });

  it('verifies it with jwks-rsa and jsonwebtoken', async () => {
    const { accessToken, userId } = await service.client.signUp();
    const client = new JwksClient({ jwksUri: `${service.origin}/jw-certs` });
    const { kid = '' } = decodeProtectedHeader(accessToken);
    const key = (await client.getSigningKey(kid)).getPublicKey();
    const verified = jwt.verify(accessToken, key, {
      algorithms: [alg],
      issuer: service.origin,
      audience: 'nx-seller',
      complete: true,
    });
    expect(verified.header).toEqual({ alg, typ: 'at+jwt', kid });
    expect(verified.payload).toMatchObject({ sub: userId });
    await expect(client.getSigningKey('never-ours')).rejects.toThrow('never-ours');
  });

  it('finds the roles of the person in it, and none that is held in one domain alone', async () => {
    const { client, sql } = service;
    const { userId, username, refreshToken } = await client.signUp();
    await sql(
      `INSERT INTO identity."Role" (id, identifier, name) VALUES ($1::bigint, 'keeper-of-shop-7', 'Keeper of a shop')`,
      [userId],
    );
    await sql(
      `INSERT INTO identity."PolicyDefinition" (id, variant, subject_type, subject_id, target_type, target_id, domain)
       VALUES ($1::bigint, 'assign_role', 'User', $1::bigint::text, 'Role', '1', NULL),
         ($1::bigint + 1, 'assign_role', 'User', $1::bigint::text, 'Role', $1::bigint::text, 'Shop_7')`,
      [userId],
    );
    const roles = [{ id: '1', identifier: 'administrator', priority: 1000 }];
    for (const { body } of [await client.signIn(username), await client.refresh(refreshToken)]) {
      const { payload } = await jwtVerify(body.accessToken as string, setOf(service), rules(service));
      expect(payload).toMatchObject({ sub: userId, userId, roles });
      expect((await client.get('/auth/who-am-i', body.accessToken as string)).body.roles).toEqual(roles);
    }
  });

  it('refuses it once a byte of any part differs', async () => {
    const { accessToken } = await service.client.signUp();
    const parts = accessToken.split('.');
    const set = setOf(service);
    for (let part = 0; part < 3; part += 1) {
      const altered = parts.map((text, index) => (index === part ? flip(text) : text)).join('.');
      await expect(jwtVerify(altered, set, rules(service))).rejects.toBeInstanceOf(errors.JOSEError);
      expect((await service.client.get('/auth/who-am-i', altered)).status).toBe(401);
    }
  });

  it('finds public members in the set and nothing else', async () => {
    const { body } = await keySet(service);
    const keys = body.keys as Record<string, string>[];
    expect(keys).toHaveLength(1);
    const [key = {}] = keys;
    expect(Object.keys(key).sort()).toEqual(PUBLIC_MEMBERS[alg === 'ES256' ? 'EC' : 'RSA']);
    expect(key).toMatchObject({ alg, use: 'sig' });
  });
});

describe('a token and the set that verifies it', () => {
  let service: TestService;

  beforeAll(async () => {
    service = await startWith('ES256', 'RS256');
  });
  afterAll(async () => {
    await service.stop();
  });

  it('is for a sister besides ourselves when one was asked for, after a refresh too [ASVS 9.2.4]', async () => {
    const { client } = service;
    const { username } = await client.signUp();
    const signedIn = (await client.signIn(username, undefined, { audience: 'orders' })).body as Tokens;
    const refreshed = (await client.refresh(signedIn.refreshToken)).body as Tokens;
    for (const { accessToken } of [signedIn, refreshed]) {
      const { payload } = await jwtVerify(accessToken, setOf(service), rules(service, 'orders'));
      expect(payload.aud).toEqual(['nx-seller', 'orders']);
      expect((await client.get('/auth/who-am-i', accessToken)).status).toBe(200);
    }
  });

  it('is refused by a sister it does not name [ASVS 9.2.3]', async () => {
    const { accessToken } = await service.client.signUp();
    await expect(jwtVerify(accessToken, setOf(service), rules(service, 'orders'))).rejects.toThrow('aud');
  });

  it('cannot be for one that the settings do not name [ASVS 9.2.4]', async () => {
    const { username } = await service.client.signUp();
    const answer = await service.client.signIn(username, undefined, { audience: 'payments' });
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'request.invalid', errors: [{ path: 'audience', code: 'unknown-audience' }] },
    });
  });

  it('is signed with the first key while the next is only published', async () => {
    const { accessToken } = await service.client.signUp();
    expect(decodeProtectedHeader(accessToken).alg).toBe('ES256');
    const { body } = await keySet(service);
    expect((body.keys as { alg: string }[]).map(({ alg }) => alg).sort()).toEqual(['ES256', 'RS256']);
  });

  it('may be cached: a sister asks whether the set changed', async () => {
    const first = await keySet(service);
    expect(first.status).toBe(200);
    expect(first.headers.get('content-type')).toMatch(/^application\/json/);
    const maxAge = Number(/^public, max-age=(\d+)$/.exec(first.headers.get('cache-control') ?? '')?.[1]);
    expect(maxAge).toBeGreaterThanOrEqual(1);
    expect(maxAge).toBeLessThanOrEqual(300);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[^"]+"$/); // strong
    for (const asked of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await keySet(service, { 'If-None-Match': asked });
      expect({ asked, status: again.status, text: again.text }).toEqual({ asked, status: 304, text: '' });
      expect(again.headers.get('etag')).toBe(etag);
      expect(again.headers.get('cache-control')).toMatch(/^public, max-age=\d+$/);
    }
    expect((await keySet(service, { 'If-None-Match': '"other"' })).text).toBe(first.text);
  });
});

/** Another character of base64url in the middle, where every bit counts. */
function flip(text: string): string {
  const middle = Math.floor(text.length / 2);
  return text.slice(0, middle) + (text[middle] === 'A' ? 'B' : 'A') + text.slice(middle + 1);
}
