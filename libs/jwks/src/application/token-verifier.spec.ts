import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toSigningKey } from '../domain/signing-key.js';
import { ecKey, ringOf, rsaPem, seconds, START, TTL_SECONDS } from '../testing/keys.js';
import { decode, encode, forge, settings, subject, tokensWith } from '../testing/tokens.js';

const key = ecKey(seconds(-10));
const { signer, verifier } = tokensWith(key);
const good = signer.sign(subject).token;
const [goodHeader = '', goodPayload = '', goodSignature = ''] = good.split('.');
const header = decode(goodHeader);
const payload = decode(goodPayload);
const without = (name: string) => Object.fromEntries(Object.entries(payload).filter(([claim]) => claim !== name));

interface Refusal {
  code: string;
  kind: string;
  message: string;
  cause: Error;
}

function refusalOf(token: string, by = verifier): Refusal | undefined {
  try {
    by.verify(token);
    return undefined;
  } catch (error) {
    return error as Refusal;
  }
}

/** One answer for all reasons; the reason, in the cause alone, proves that the check under test did it. */
function expectRefused(token: string, reason: RegExp, by = verifier) {
  expect(refusalOf(token, by)).toMatchObject({
    code: 'auth.invalid-token',
    kind: 'unauthenticated',
    message: 'The access token is not valid.',
    cause: { message: expect.stringMatching(reason) },
  });
}

describe('a good token', () => {
  it('yields its claims', () => {
    expect(verifier.verify(good)).toEqual(payload);
  });

  it('made by hand passes too: the forgeries below fail for what is wrong with them, not for being made by hand', () => {
    expect(verifier.verify(forge(key, header, payload))).toEqual(payload);
  });

  it.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/At+Jwt'])('may be of type %s', (typ) => {
    expect(verifier.verify(forge(key, { ...header, typ }, payload)).sub).toBe(subject.sub);
  });

  it('of a newer replica may hold claims that we do not know, which are dropped', () => {
    expect(verifier.verify(forge(key, header, { ...payload, org: 'x' }))).toEqual(payload);
  });

  it('may be for several audiences, us among them', () => {
    expect(verifier.verify(forge(key, header, { ...payload, aud: ['shop', settings.audience] })).sid).toBe(subject.sid);
  });

  it('is accepted by any published key: retired, and next for replicas whose clock is ahead', () => {
    const next = ecKey(seconds(100));
    const both = tokensWith(key, next);
    expect(both.verifier.verify(forge(next, { ...header, kid: next.kid }, payload)).sub).toBe(subject.sub);
    both.clock.set(seconds(101));
    expect(both.verifier.verify(good).sub).toBe(subject.sub);
  });
});

describe('time', () => {
  const at = (time: Date) => {
    const tokens = tokensWith(key);
    const { token } = tokens.signer.sign(subject);
    tokens.clock.set(time);
    return refusalOf(token, tokens.verifier)?.cause.message;
  };

  it('ends a token at exp plus 5 s of leeway', () => {
    expect(at(seconds(TTL_SECONDS + 4))).toBeUndefined();
    expect(at(seconds(TTL_SECONDS + 5))).toBe('jwt expired');
  });

  it('begins it at nbf minus 5 s of leeway', () => {
    expect(at(seconds(-5))).toBeUndefined();
    expect(at(seconds(-6))).toBe('jwt not active');
  });

  it.each(['exp', 'nbf', 'iat'])('without %s is refused', (claim) => {
    expectRefused(forge(key, header, without(claim)), new RegExp(`^claims: ${claim}$`));
  });

  it('that is infinite (1e999) is refused', () => {
    const endless = JSON.stringify(payload).replace(/"exp":\d+/, '"exp":1e999');
    expectRefused(forge(key, header, endless), /JSON/);
  });

  it('in text is refused', () => {
    expectRefused(forge(key, header, { ...payload, exp: '9999999999' }), /exp/);
  });
});

describe('RFC 8725 attacks', () => {
  const spki = key.publicKey.export({ format: 'pem', type: 'spki' });

  it.each(['none', 'None', 'NONE', 'nOnE', ''])('alg %j, unsigned', (alg) => {
    expectRefused(`${encode({ ...header, alg })}.${goodPayload}.`, /base64url/);
    expectRefused(`${encode({ ...header, alg })}.${goodPayload}.${goodSignature}`, /alg/);
  });

  it('an empty signature under the right alg', () => {
    expectRefused(`${goodHeader}.${goodPayload}.`, /base64url/);
  });

  it.each(['HS256', 'HS384', 'HS512'])('%s keyed with the public key', (alg) => {
    const input = `${encode({ ...header, alg })}.${goodPayload}`;
    const jwk = JSON.stringify(ringOf(key).published(START)[0]);
    for (const secret of [spki, key.publicKey.export({ format: 'der', type: 'spki' }), jwk]) {
      const mac = createHmac(`sha${alg.slice(2)}`, secret)
        .update(input)
        .digest('base64url');
      expectRefused(`${input}.${mac}`, /^alg is not that of the key$/);
    }
  });

  it('another asymmetric alg than that of the key', () => {
    expectRefused(forge(key, { ...header, alg: 'ES384' }, payload), /^alg is not that of the key$/);
  });

  it('another algorithm that the same RSA key could do, with a signature that is right', () => {
    const pem = rsaPem();
    const rsa = (alg: 'RS256' | 'PS256') => toSigningKey({ file: 'rsa.pem', pem, activatesAt: START, alg });
    const [rs256, ps256] = [tokensWith(rsa('RS256')), tokensWith(rsa('PS256'))];
    const { token } = ps256.signer.sign(subject);
    expect(ps256.verifier.verify(token).sub).toBe(subject.sub);
    expectRefused(token, /^alg is not that of the key$/, rs256.verifier);
  });

  it('the all-zero ECDSA signature (CVE-2022-21449)', () => {
    expectRefused(`${goodHeader}.${goodPayload}.${Buffer.alloc(64).toString('base64url')}`, /signature/);
  });

  it('a signature in DER', () => {
    const der = sign('sha256', Buffer.from(`${goodHeader}.${goodPayload}`), key.privateKey);
    expectRefused(`${goodHeader}.${goodPayload}.${der.toString('base64url')}`, /./);
  });

  it.each(['../../dev/null', "' OR 1=1 --", '__proto__', 'constructor', '', 'x'.repeat(4000), 7, null, [], {}])(
    'kid injection %j',
    (kid) => {
      expectRefused(forge(key, { ...header, kid }, payload), /kid/);
    },
  );

  it('no kid', () => {
    expectRefused(forge(key, { alg: 'ES256', typ: 'at+jwt' }, payload), /kid/);
  });

  it('a foreign key under our kid, and under its own', () => {
    const foreign = ecKey();
    expectRefused(forge(foreign, header, payload), /invalid signature/);
    expectRefused(forge(foreign, { ...header, kid: foreign.kid }, payload), /kid/);
  });

  it('a key that is gone', () => {
    const both = tokensWith(key, ecKey(seconds(100)));
    const time = seconds(100 + TTL_SECONDS + 60);
    both.clock.set(time);
    const now = time.getTime() / 1000;
    expectRefused(forge(key, header, { ...payload, iat: now, nbf: now, exp: now + 60 }), /kid/, both.verifier);
  });

  it('its own key in jwk, jku, x5u or x5c, which are not read', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const own = {
      jwk: publicKey.export({ format: 'jwk' }),
      jku: 'https://evil.test/jwks',
      x5u: 'https://evil.test',
      x5c: [''],
    };
    expectRefused(forge({ ...key, privateKey }, { ...header, ...own }, payload), /invalid signature/);
    expect(verifier.verify(forge(key, { ...header, ...own }, payload)).sub).toBe(subject.sub);
  });

  it.each([[['b64']], [[]], [['exp']], [null], ['b64'], [false]])('crit %j', (crit) => {
    expectRefused(forge(key, { ...header, crit }, payload), /^header: crit$/);
  });

  it.each(['JWT', 'jwt', 'id+jwt', 'application/jwt', 'at+jwt ', ' at+jwt', 'xat+jwt', 'text/at+jwt', '', 1, null])(
    'typ %j',
    (typ) => {
      expectRefused(forge(key, { ...header, typ }, payload), /^header: typ$/);
    },
  );

  it('no typ', () => {
    expectRefused(forge(key, { alg: 'ES256', kid: key.kid }, payload), /typ/);
  });

  it.each([
    ['aud', 'shop'],
    ['aud', ['shop']],
    ['aud', []],
    ['aud', 'SELLERS'],
    ['aud', null],
  ])('%s %j', (claim, value) => {
    expectRefused(forge(key, header, { ...payload, [claim]: value }), /audience/);
  });

  it.each(['https://identity.test/', 'https://evil.test', '', null, [settings.issuer]])('iss %j', (iss) => {
    expectRefused(forge(key, header, { ...payload, iss }), /issuer|iss/);
  });

  it.each(['iss', 'aud', 'sub', 'jti', 'sid', 'auth_time', 'amr', 'userId', 'roles'])('no %s', (claim) => {
    expectRefused(
      forge(key, header, without(claim)),
      new RegExp(claim === 'iss' ? 'issuer' : claim === 'aud' ? 'audience' : claim),
    );
  });

  it.each([
    ['sub', 7],
    ['sub', ''],
    ['roles', ['admin']],
    ['roles', [{ id: 1, identifier: 'admin', priority: 1 }]],
    ['amr', 'pwd'],
    ['auth_time', 1.5],
  ])('a malformed claim: %s %j', (claim, value) => {
    expectRefused(forge(key, header, { ...payload, [claim]: value }), new RegExp(`^claims: ${claim}`));
  });

  it('duplicate members', () => {
    const twice = (value: object, more: string) => JSON.stringify(value).replace(/}$/, `,${more}}`);
    expectRefused(forge(key, header, twice(payload, '"sub":"1"')), /duplicate/);
    expectRefused(forge(key, header, twice(payload, `"exp":${Number(payload.exp)}`)), /duplicate/);
    expectRefused(forge(key, twice(header, '"alg":"ES256"'), payload), /duplicate/);
    expectRefused(forge(key, `{"alg":"none",${JSON.stringify(header).slice(1)}`, payload), /duplicate/);
  });

  it('more than 8 KiB, before anything is decoded', () => {
    const long = forge(key, header, { ...payload, padding: 'x'.repeat(8192) });
    expectRefused(long, /^too long$/);
    expectRefused('.'.repeat(8193), /^too long$/);
    const fits = forge(key, header, { ...payload, padding: 'x'.repeat(5000) });
    expect(verifier.verify(fits).sub).toBe(subject.sub);
  });

  it.each(['', '.', '..', 'a.b', 'a.b.c.d', `${good}.`, ` ${good}`, `${good}\n`, `${good}=`, 'Bearer x', '[].[].[]'])(
    'what is no compact JWS: %j',
    (token) => {
      expectRefused(token, /./);
    },
  );

  it.each([[[]], ['null'], ['1'], ['"x"'], ['{']])('a header or payload that is no object: %j', (text) => {
    expectRefused(forge(key, text, payload), /./);
    expectRefused(forge(key, header, text), /./);
  });

  it('what is no string at all', () => {
    for (const value of [undefined, null, 7, {}, [good]]) expectRefused(value as string, /./);
  });
});

describe('an altered token', () => {
  it.each([0, 1, 2])('is refused for every changed character of part %i', (index) => {
    const parts = good.split('.');
    const part = parts[index] ?? '';
    for (let at = 0; at < part.length; at += 1) {
      const changed = part.slice(0, at) + (part[at] === 'A' ? 'B' : 'A') + part.slice(at + 1);
      expect(refusalOf(parts.with(index, changed).join('.'))?.code).toBe('auth.invalid-token');
    }
  });

  it('is refused for the bits of the last character too, which decode to the same signature', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(good.at(-1) ?? '');
    const sibling = good.slice(0, -1) + alphabet[last + 1];
    expect(Buffer.from(sibling.split('.')[2] ?? '', 'base64url')).toEqual(Buffer.from(goodSignature, 'base64url'));
    expectRefused(sibling, /base64url/);
  });

  it('is refused whichever bit is flipped', () => {
    const bytes = Buffer.from(good, 'latin1');
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (at, bit) => {
        const flipped = Buffer.from(bytes);
        flipped[at]! ^= 1 << bit;
        expect(refusalOf(flipped.toString('latin1'))?.code).toBe('auth.invalid-token');
      }),
      { numRuns: 1500 },
    );
  });

  it('is refused whichever parts of two good tokens are combined', () => {
    const other = signer.sign({ ...subject, sub: '1' }).token.split('.');
    expectRefused([goodHeader, other[1], goodSignature].join('.'), /invalid signature/);
    expectRefused([goodHeader, goodPayload, other[2]].join('.'), /invalid signature/);
  });

  it('text of any kind is refused with the one error, never another', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.array(fc.base64String()).map((parts) => parts.join('.')),
        ),
        (text) => {
          expect(refusalOf(text)?.code).toBe('auth.invalid-token');
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('the reason', () => {
  it('holds nothing of the token', () => {
    const marked = forge(key, { ...header, kid: 'marker-kid' }, payload);
    for (const token of [marked, forge(key, header, { ...payload, roles: 'marker-kid' }), 'marker-kid.a.b']) {
      const { cause, message } = refusalOf(token) ?? {};
      expect(`${cause} ${message}`).not.toContain('marker-kid');
    }
  });
});
