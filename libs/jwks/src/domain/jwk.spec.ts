import { generateKeyPairSync } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { describe, expect, it } from 'vitest';
import { publicMembers, thumbprint } from './jwk.js';

describe('the RFC 7638 thumbprint', () => {
  it("is that of the RFC's own example (§3.1)", () => {
    const n =
      '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknj' +
      'hMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQ' +
      'vRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJz' +
      'KnqDKgw';
    expect(thumbprint({ kty: 'RSA', n, e: 'AQAB' })).toBe('NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs');
  });

  it.each(['P-256', 'P-384'])('agrees with jose on %s', async (namedCurve) => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve });
    const members = publicMembers(publicKey);
    expect(thumbprint(members)).toBe(await calculateJwkThumbprint(members));
  });

  it('does not depend on the order or on further members', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { kty, crv, x, y } = publicKey.export({ format: 'jwk' }) as Record<'kty' | 'crv' | 'x' | 'y', string>;
    const shuffled = { y, x, d: 'secret', crv, kty: kty as 'EC' };
    expect(thumbprint(shuffled)).toBe(thumbprint(publicMembers(privateKey)));
  });
});

describe('public members', () => {
  it('of private keys hold nothing private', () => {
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
    expect(Object.keys(publicMembers(ec)).sort()).toEqual(['crv', 'kty', 'x', 'y']);
    expect(Object.keys(publicMembers(rsa)).sort()).toEqual(['e', 'kty', 'n']);
  });
});
