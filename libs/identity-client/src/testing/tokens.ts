import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type Algorithm, FACTS } from '../keys/algorithms.js';

/** Test helpers: real keys, and tokens that are signed by hand and not by any library. */
export interface TestKey {
  kid: string;
  alg: Algorithm;
  privateKey: KeyObject;
  jwk: Record<string, unknown>;
}

const MAKE = {
  ES256: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  RS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  PS256: () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
};

export function testKey(kid: string, alg: Algorithm = 'ES256'): TestKey {
  const { privateKey, publicKey } = MAKE[alg]();
  return { kid, alg, privateKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' } };
}

export const ISSUER = 'https://identity.test';
export const AUDIENCE = 'orders';
export const SESSION = '7260000000000000002';

export function claims(now = Date.now()) {
  const iat = Math.floor(now / 1000);
  return {
    iss: ISSUER,
    sub: '7260000000000000001',
    aud: ['nx-seller', AUDIENCE],
    iat,
    nbf: iat,
    exp: iat + 900,
    jti: 'AAAAAAAAAAAAAAAAAAAAAA',
    sid: SESSION,
    auth_time: iat,
    amr: ['pwd'],
    userId: '7260000000000000001',
    roles: [{ id: '1', identifier: 'seller', priority: 10 }],
  };
}

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** A token over any header and payload; members that are undefined are left out. */
export function token(key: TestKey, payload: object | string = {}, header: object | string = {}): string {
  const head = typeof header === 'string' ? header : { alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header };
  const body = typeof payload === 'string' ? payload : { ...claims(), ...payload };
  const input = `${encode(head)}.${encode(body)}`;
  const { hash, verify } = FACTS[key.alg];
  return `${input}.${sign(hash, Buffer.from(input), { ...verify, key: key.privateKey }).toString('base64url')}`;
}
