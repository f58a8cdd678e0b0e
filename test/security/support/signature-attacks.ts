import { constants, createHmac, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { exportJWK } from 'jose';
import type { Attack } from './attack.js';
import { ALPHABET, encode, type Forger } from './forger.js';

/** Without a signature, or with one that no private key made. */
export const SIGNATURES: Attack[] = [
  ...(['header', 'payload', 'signature'] as const).map((name, part) => ({
    name: `whose ${name} is altered anywhere [ASVS 9.1.1]`,
    codes: ['malformed', 'signature', 'type', 'algorithm', 'unknown-key'],
    tokens: ({ token }: Forger) => altered(token, part),
  })),
  {
    name: 'without a signature, of alg none in all spellings [ASVS 9.1.2]',
    codes: ['malformed', 'algorithm'],
    tokens: ({ header, claims, token }) =>
      ['none', 'None', 'NONE', 'nOnE', ''].flatMap((alg) => {
        const input = `${encode({ ...header, alg })}.${encode(claims)}`;
        return [`${input}.`, input, `${input}.${token.split('.')[2]}`];
      }),
  },
  {
    name: 'with a MAC that is keyed with the public key in any of its forms [ASVS 9.1.2]',
    codes: ['algorithm'],
    tokens: async ({ own, keys, header, claims }) => {
      const secrets = [...(await formsOf(own.key)), ...(await formsOf(keys['RS256']!.key)), ''];
      return ['HS256', 'HS384', 'HS512'].flatMap((alg) =>
        secrets.map((secret) => {
          const input = `${encode({ ...header, alg })}.${encode(claims)}`;
          return `${input}.${createHmac(alg.replace('HS', 'sha'), secret).update(input).digest('base64url')}`;
        }),
      );
    },
  },
  {
    name: 'with a signature of ECDSA that is all zeros, of the wrong length, or DER',
    codes: ['signature', 'malformed'],
    tokens: ({ token, own }) => {
      const [head, payload, signature = ''] = token.split('.');
      const good = Buffer.from(signature, 'base64url');
      const der = sign('sha256', Buffer.from(`${head}.${payload}`), own.key);
      const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
      const [zero, half] = [Buffer.alloc(32), good.subarray(32)];
      return [
        ...[32, 63, 64, 65, 96, 128].map((length) => Buffer.alloc(length)),
        Buffer.concat([zero, half]),
        Buffer.concat([good.subarray(0, 32), zero]),
        Buffer.concat([order, order]),
        Buffer.concat([good.subarray(0, 32), order]),
        Buffer.concat([zero, good]),
        Buffer.concat([good, zero]),
        good.subarray(0, 63),
        half,
        der,
      ].map((bytes) => `${head}.${payload}.${bytes.toString('base64url')}`);
    },
  },
  {
    name: 'of RSA that is padded as the other algorithm pads, or salted otherwise [ASVS 9.1.2]',
    codes: ['signature', 'algorithm'],
    tokens: (forger) => [...swapped(forger, 'RS256', 'PS256'), ...swapped(forger, 'PS256', 'RS256'), ...salted(forger)],
  },
  {
    name: 'that name another algorithm than that of their key [ASVS 9.1.2]',
    codes: ['algorithm', 'malformed', 'signature'],
    tokens: (forger) => {
      const rsa = { ...forger.own, key: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey, alg: 'RS256' };
      return [
        ...['ES384', 'RS256', 'PS256', 'EdDSA', 'es256', 'ES256K', 'RSA-OAEP', 1, null, ['ES256'], undefined].map(
          (alg) => forger.forge({}, { alg }),
        ),
        forger.forge({}, {}, rsa),
        forger.forge({}, { kid: forger.keys['RS256']!.kid }, rsa),
      ];
    },
  },
  {
    name: 'of another curve than that of the key they name',
    codes: ['algorithm', 'signature'],
    tokens: (forger) => {
      const { ES384: es384, ES256: es256 } = forger.keys;
      const curve = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).privateKey;
      return [
        forger.forge({}, { kid: es256!.kid }, es384),
        forger.forge({}, { kid: es256!.kid, alg: 'ES256' }, es384),
        forger.forge({}, { kid: es384!.kid, alg: 'ES384' }, es256),
        forger.forge({}, {}, { ...forger.own, key: curve('P-384') }),
        forger.forge({}, {}, { ...forger.own, key: curve('secp256k1') }),
        forger.forge({}, {}, { ...es384!, key: curve('P-521') }),
      ];
    },
  },
];

/** Which key is meant, and who says so. */
export const KEYS: Attack[] = [
  {
    name: 'of a key that is not the service’s, by its own kid or by the service’s [ASVS 9.1.3]',
    codes: ['unknown-key', 'signature'],
    tokens: (forger) => [
      forger.forge({}, {}, forger.foreign),
      forger.forge({}, { kid: forger.own.kid }, forger.foreign),
      forger.forge({}, { kid: forger.foreign.kid }),
    ],
  },
  {
    name: 'whose kid is a path, a statement, an address, very long, or no text',
    codes: ['unknown-key'],
    tokens: (forger) =>
      [
        '',
        '../../../../etc/passwd',
        '/dev/null',
        "x' OR '1'='1",
        "'; DROP TABLE keys; --",
        '$(id)',
        '__proto__',
        'constructor',
        'http://evil.example/key',
        'x\0',
        `${forger.own.kid}\0`,
        `${forger.own.kid} `,
        forger.own.kid.toLowerCase(),
        'x'.repeat(4000),
        undefined,
        null,
        1,
        true,
        {},
        [forger.own.kid],
      ].map((kid) => forger.forge({}, { kid })),
  },
  {
    name: 'that bring their own key, or say where to fetch one [ASVS 9.1.3]',
    codes: ['malformed'],
    tokens: async (forger) => {
      const { foreign, own, origin } = forger;
      const jwk = { ...(await exportJWK(createPublicKey(foreign.key))), kid: foreign.kid };
      const jku = `${origin}/jw-certs`;
      return [{ jwk }, { jku }, { x5u: jku }, { x5c: ['MIIB'] }].flatMap((head) =>
        [foreign.kid, own.kid, undefined].map((kid) => forger.forge({}, { kid, ...head }, foreign)),
      );
    },
  },
];

function altered(token: string, part: number): string[] {
  const parts = token.split('.');
  const text = parts[part] ?? '';
  const places = [...Array(text.length).keys()].filter((at) => at % 7 === 0 || at === text.length - 1);
  return places.map((at) => {
    // The next letter: in the last place that may change nothing but the bits to spare.
    const other = ALPHABET[(ALPHABET.indexOf(text[at] ?? '') + 1) % 64];
    return parts.with(part, `${text.slice(0, at)}${other}${text.slice(at + 1)}`).join('.');
  });
}

async function formsOf(key: KeyObject): Promise<(string | Buffer)[]> {
  const published = createPublicKey(key);
  const jwk = await exportJWK(published);
  const pem = published.export({ format: 'pem', type: 'spki' }).toString();
  const der = published.export({ format: 'der', type: 'spki' });
  const number = Buffer.from(jwk.x ?? jwk.n ?? '', 'base64url');
  return [pem, pem.trim(), pem.replaceAll('\n', '\r\n'), der, der.toString('base64'), JSON.stringify(jwk), number];
}

/** Signed as `how`, under the name of `as`: with the key of either. */
function swapped(forger: Forger, how: string, as: string): string[] {
  const [signer, named] = [forger.keys[how]!, forger.keys[as]!];
  return [
    forger.forge({}, { alg: as }, signer),
    forger.forge({}, { alg: as, kid: named.kid }, { ...named, alg: how }),
    forger.forge({}, { alg: how, kid: named.kid }, { ...named, alg: how }),
  ];
}

function salted(forger: Forger): string[] {
  const { key, kid } = forger.keys['PS256']!;
  const input = `${encode({ ...forger.header, kid, alg: 'PS256' })}.${encode(forger.claims)}`;
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  return [0, 20, 64].map((saltLength) => {
    const signature = sign('sha256', Buffer.from(input), { key, padding, saltLength });
    return `${input}.${signature.toString('base64url')}`;
  });
}
