import { createLocalJWKSet, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { toSigningKey } from '../domain/signing-key.js';
import { ecKey, refusal, ringOf, rsaPem, seconds, START, TTL_SECONDS } from '../testing/keys.js';
import { decode, settings, subject, tokensWith } from '../testing/tokens.js';

const key = ecKey(seconds(-10));
const rsa = rsaPem();
const rsaKey = (alg: 'RS256' | 'PS256') => toSigningKey({ file: 'rsa.pem', pem: rsa, activatesAt: START, alg });

describe('signing an access token', () => {
  it('writes the header and claims of the contract', () => {
    const { token, expiresIn } = tokensWith(key).signer.sign(subject);
    const [header, payload] = token.split('.').slice(0, 2).map(decode);
    const iat = START.getTime() / 1000;
    expect(header).toEqual({ alg: 'ES256', kid: key.kid, typ: 'at+jwt' });
    expect(payload).toEqual({
      ...subject,
      iss: settings.issuer,
      aud: settings.audience,
      iat,
      nbf: iat,
      exp: iat + TTL_SECONDS,
      jti: expect.stringMatching(/^[A-Za-z0-9_-]{22}$/),
      userId: subject.sub,
    });
    expect(expiresIn).toBe(TTL_SECONDS);
  });

  it.each([
    ['ES256', ecKey()],
    ['ES384', ecKey(START, 'ES384')],
    ['RS256', rsaKey('RS256')],
    ['PS256', rsaKey('PS256')],
  ])('with %s, jose verifies what we sign', async (alg, signingKey) => {
    const { token } = tokensWith(signingKey).signer.sign(subject);
    const keys = createLocalJWKSet({ keys: ringOf(signingKey).published(START) });
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      ...settings,
      typ: 'at+jwt',
      algorithms: [alg],
      currentDate: START,
    });
    expect(protectedHeader.kid).toBe(signingKey.kid);
    expect(payload.sub).toBe(subject.sub);
  });

  it('uses the key that is signing, never a later or a retired one', () => {
    const later = ecKey(seconds(100));
    const { signer, clock } = tokensWith(later, key);
    const kid = () => decode(signer.sign(subject).token.split('.')[0]).kid;
    clock.set(seconds(99.999));
    expect(kid()).toBe(key.kid);
    clock.set(seconds(100));
    expect(kid()).toBe(later.kid);
    clock.set(seconds(-11));
    expect(refusal(kid)).toMatchObject({ code: 'keys.none-active' });
  });

  it('gives each token a jti of its own', () => {
    const { signer } = tokensWith(key);
    const [one, other] = [1, 2].map(() => decode(signer.sign(subject).token.split('.')[1]).jti);
    expect(one).not.toBe(other);
  });

  it.each([
    ['shop', ['sellers', 'shop']],
    [['shop'], ['sellers', 'shop']],
    [
      ['shop', 'sellers'],
      ['sellers', 'shop'],
    ],
    ['sellers', 'sellers'],
  ])('for %j besides is for %j', (aud, expected) => {
    const { signer, verifier } = tokensWith(key);
    const { token } = signer.sign({ ...subject, aud });
    expect(decode(token.split('.')[1]).aud).toEqual(expected);
    expect(verifier.verify(token).aud).toEqual(expected);
  });

  it('copies no more of a role than the contract names', () => {
    const roles = [{ id: '1', identifier: 'seller', priority: 1, description: 'internal note' }];
    const { token } = tokensWith(key).signer.sign({ ...subject, roles });
    expect(decode(token.split('.')[1]).roles).toEqual([{ id: '1', identifier: 'seller', priority: 1 }]);
  });

  it('of more roles than fit has the first, and is taken', () => {
    const roles = Array.from({ length: 200 }, (_, index) => ({
      id: `${index}`,
      identifier: 'ă'.repeat(128),
      priority: 1,
    }));
    const { signer, verifier } = tokensWith(key);
    const { token } = signer.sign({ ...subject, roles });
    const fit = verifier.verify(token).roles;
    expect(fit).toEqual(roles.slice(0, fit.length));
    expect(fit.length).toBeGreaterThan(10);
    expect(fit.length).toBeLessThan(20);
  });

  it('has all roles up to 4 KiB', () => {
    const role = { id: '248151234567890001', identifier: 'shop-manager', priority: 100 };
    const roles = Array.from({ length: 50 }, () => role);
    expect(
      decode(
        tokensWith(key)
          .signer.sign({ ...subject, roles })
          .token.split('.')[1],
      ).roles,
    ).toHaveLength(50);
  });

  it('is refused when no verifier would take it', () => {
    const aud = Array.from({ length: 200 }, (_, index) => `${index}`.padEnd(40, 'a'));
    const refused = refusal(() => tokensWith(key).signer.sign({ ...subject, aud }));
    expect(refused).toMatchObject({ code: 'auth.token-too-large', level: 'error' });
  });
});
