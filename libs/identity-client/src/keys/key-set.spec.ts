import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { testKey } from '../testing/tokens.js';
import { ALGORITHMS } from './algorithms.js';
import { readKeySet } from './key-set.js';

const good = testKey('good').jwk;
const rsa = testKey('rsa', 'RS256').jwk;
const rsaOf = (options: { modulusLength: number; publicExponent?: number }) => ({
  ...generateKeyPairSync('rsa', options).publicKey.export({ format: 'jwk' }),
  kid: 'bad',
  alg: 'RS256',
});
const curve = (namedCurve: string, alg: string) => ({
  ...generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' }),
  kid: 'bad',
  alg,
});
const read = async (...keys: unknown[]) => {
  const { keys: usable, refused } = await readKeySet({ keys }, ALGORITHMS);
  return { usable: [...usable.keys()], refused };
};

describe('a set of keys', () => {
  it('is read with what other publishers add', async () => {
    const more = { key_ops: ['verify'], x5t: 'AAAA', 'x5t#S256': 'AAAA' };
    expect(await read({ ...good, ...more }, rsa)).toEqual({ usable: ['good', 'rsa'], refused: [] });
  });

  it.each([
    ['a secret', { kty: 'oct', k: 'c2VjcmV0', kid: 'bad', alg: 'HS256' }],
    ['a secret of another name', { kty: 'oct', k: 'c2VjcmV0', kid: 'bad', alg: 'ES256' }],
    ['a private key', { ...good, kid: 'bad', d: 'c2VjcmV0' }],
    ['a private RSA key', { ...rsa, kid: 'bad', p: 'c2VjcmV0' }],
    ['a member that nobody knows', { ...good, kid: 'bad', surprise: true }],
    ['no algorithm', { ...good, kid: 'bad', alg: undefined }],
    ['an algorithm that is not for signatures', { ...rsa, kid: 'bad', alg: 'RSA-OAEP' }],
    ['the algorithm of another curve', { ...good, kid: 'bad', alg: 'ES384' }],
    ['the algorithm of another type', { ...good, kid: 'bad', alg: 'RS256' }],
    ['a curve that is none of ours', curve('P-521', 'ES512')],
    ['a curve under the name of ours', { ...curve('secp256k1', 'ES256'), crv: 'P-256' }],
    ['a point that is not on the curve', { ...good, kid: 'bad', y: good['x'] }],
    ['half a point', { ...good, kid: 'bad', y: undefined }],
    ['RSA of 1024 bits', rsaOf({ modulusLength: 1024 })],
    ['RSA with the exponent 3', rsaOf({ modulusLength: 2048, publicExponent: 3 })],
    ['a key for encryption', { ...good, kid: 'bad', use: 'enc' }],
    ['a key for signing', { ...good, kid: 'bad', key_ops: ['sign'] }],
    ['no kid', { ...good, kid: undefined }],
    ['a kid that is no text', { ...good, kid: 7 }],
    ['no object', 'key'],
  ])('leaves out %s, and keeps the others', async (_what, bad) => {
    const { usable, refused } = await read(bad, good);
    expect(usable).toEqual(['good']);
    expect(refused).toHaveLength(1);
    expect(JSON.stringify(refused)).not.toContain('c2VjcmV0');
  });

  it('has no key of a kid that two have', async () => {
    expect(await read(good, { ...testKey('good').jwk }, rsa)).toMatchObject({ usable: ['rsa'] });
    expect(await read(good, good, good, rsa)).toMatchObject({ usable: ['rsa'] });
  });

  it.each([undefined, null, [], 'keys', {}, { keys: {} }, { keys: [] }, { keys: Array(101).fill(good) }])(
    'is not %j',
    async (body) => {
      await expect(readKeySet(body, ALGORITHMS)).rejects.toMatchObject({ code: 'service-unavailable' });
    },
  );
});
