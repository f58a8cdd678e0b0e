import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ecPem, refusal, rsaPem, START, toPem } from '../testing/keys.js';
import type { SigningAlgorithm } from './jwk.js';
import { toSigningKey } from './signing-key.js';

const rsa3072 = rsaPem();
const make = (pem: string, alg?: SigningAlgorithm) =>
  toSigningKey({ file: '/keys/a.pem', pem, activatesAt: START, alg });

describe('a signing key', () => {
  it.each([
    ['P-256', ecPem(), undefined, 'ES256'],
    ['P-384', ecPem('P-384'), undefined, 'ES384'],
    ['RSA', rsa3072, undefined, 'RS256'],
    ['RSA for PS256', rsa3072, 'PS256', 'PS256'],
    ['RSA for RS256', rsa3072, 'RS256', 'RS256'],
  ] as const)('of %s gets its algorithm', (_name, pem, wanted, alg) => {
    expect(make(pem, wanted)).toMatchObject({ alg, publicJwk: { alg, use: 'sig' } });
  });

  it('publishes public members, kid, alg and use alone', () => {
    const ec = make(ecPem());
    expect(Object.keys(ec.publicJwk).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    expect(Object.keys(make(rsa3072).publicJwk).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use']);
    expect(ec.publicJwk.kid).toBe(ec.kid);
  });
});

describe('a key that must not sign', () => {
  const encrypted = createPrivateKey(ecPem()).export({
    format: 'pem',
    type: 'pkcs8',
    cipher: 'aes-256-cbc',
    passphrase: 'x',
  });
  const sec1 = createPrivateKey(ecPem()).export({ format: 'pem', type: 'sec1' });
  const rsaPss = generateKeyPairSync('rsa-pss', { modulusLength: 3072 }).privateKey;
  const cases: [string, string, SigningAlgorithm | undefined, string, RegExp][] = [
    ['RSA of 2048 bits', rsaPem(2048), undefined, 'keys.weak-key', /3072 bits, this one has 2048/],
    ['RSA with exponent 3', rsaPem(3072, 3), undefined, 'keys.weak-key', /exponent/],
    ['P-521', ecPem('P-521'), undefined, 'keys.unsupported-key', /secp521r1/],
    ['secp256k1', ecPem('secp256k1'), undefined, 'keys.unsupported-key', /secp256k1/],
    ['Ed25519', toPem(generateKeyPairSync('ed25519').privateKey), undefined, 'keys.unsupported-key', /ed25519/],
    ['RSA-PSS', toPem(rsaPss), undefined, 'keys.unsupported-key', /rsa-pss/],
    ['P-256 as ES384', ecPem(), 'ES384', 'keys.algorithm-mismatch', /says ES384, but this key can do ES256/],
    ['P-384 as ES256', ecPem('P-384'), 'ES256', 'keys.algorithm-mismatch', /ES384/],
    ['RSA as ES256', rsa3072, 'ES256', 'keys.algorithm-mismatch', /RS256 or PS256/],
    ['P-256 as PS256', ecPem(), 'PS256', 'keys.algorithm-mismatch', /ES256/],
    ['an encrypted key', encrypted.toString(), undefined, 'keys.malformed-key', /unencrypted PKCS#8/],
    ['a SEC1 key', sec1.toString(), undefined, 'keys.malformed-key', /PKCS#8/],
    ['two keys in one file', ecPem() + ecPem(), undefined, 'keys.malformed-key', /wants one/],
    ['an empty file', '', undefined, 'keys.malformed-key', /PKCS#8/],
    ['a damaged key', ecPem().replace(/\n.{20}/, '\nAAAAAAAAAAAAAAAAAAAA'), undefined, 'keys.malformed-key', /PEM/],
    ['halves of two keys', mixedHalves(), undefined, 'keys.malformed-key', /do not belong together/],
  ];

  it.each(cases)(
    '%s is refused, and the message names the file [ASVS 11.2.3, 11.6.1]',
    (_name, pem, alg, code, message) => {
      const refused = refusal(() => make(pem, alg));
      expect(refused).toMatchObject({ code, level: 'error', message: expect.stringMatching(message) });
      expect(refused.message).toMatch(/^\/keys\/a\.pem: /);
      const [, firstLine = 'MI'] = pem.split('\n');
      expect(JSON.stringify(refused) + refused.message).not.toContain(firstLine);
    },
  );
});

/** The private half of one P-256 key with the public half of another: the point is the last 65 bytes of the DER. */
function mixedHalves(): string {
  const [one, other] = [ecPem(), ecPem()].map((pem) => createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' }));
  if (!one || !other) throw new Error('unreachable');
  const der = Buffer.concat([one.subarray(0, -65), other.subarray(-65)]);
  return `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`;
}
