import { constants, createHmac, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { CompactEncrypt, exportJWK } from 'jose';
import { ALPHABET, encode, type Forger } from './forger.js';

/** A way to forge an access token; RFC 8725 names most of them. */
export interface Attack {
  /** What the tokens are like, as the middle of "refuses … ". */
  name: string;
  /** Why identity-client may say that it refuses them. */
  codes: string[];
  tokens: (forger: Forger) => string[] | Promise<string[]>;
}

const now = () => Math.floor(Date.now() / 1000);

/** Without a signature, or with one that no private key made. */
const SIGNATURES: Attack[] = [
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
const KEYS: Attack[] = [
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

/** The texts around the claims. */
const ENVELOPES: Attack[] = [
  {
    name: 'of which parts are missing, added, swapped or empty',
    codes: ['malformed', 'type', 'signature'],
    tokens: ({ token }) => {
      const [head, payload, signature] = token.split('.');
      return [
        `${head}.${payload}`,
        `${head}.${payload}.`,
        `.${payload}.${signature}`,
        `${head}..${signature}`,
        `${head}.${payload}.${signature}.`,
        `.${token}`,
        `${head}.${payload}.${signature}.${signature}`,
        `${head}.${payload}.${signature}.x.y`,
        `${payload}.${head}.${signature}`,
        '...',
        '..',
        'x',
      ];
    },
  },
  {
    name: 'that are encrypted, in five parts, for a key that the service has',
    codes: ['malformed'],
    tokens: async ({ token, keys }) => {
      const { kid, key } = keys['RS256']!;
      const header = { alg: 'RSA-OAEP-256', enc: 'A256GCM', kid, typ: 'at+jwt', cty: 'JWT' };
      return [await new CompactEncrypt(Buffer.from(token)).setProtectedHeader(header).encrypt(createPublicKey(key))];
    },
  },
  {
    name: 'in the JSON serialisation, flattened or general',
    codes: ['malformed'],
    tokens: ({ token }) => {
      const [head, payload, signature] = token.split('.');
      const signed = { protected: head, signature };
      return [
        JSON.stringify({ payload, ...signed }),
        JSON.stringify({ payload, signatures: [signed] }),
        encode({ payload, ...signed }),
      ];
    },
  },
  {
    name: 'with white space, padding, percent escapes or plain base64 in between',
    codes: ['malformed'],
    tokens: (forger) => {
      const { token } = forger;
      const [head = '', payload = '', signature = ''] = token.split('.');
      const plain = (part: string) => Buffer.from(part, 'base64url').toString('base64');
      const odd = forger.forge({ jti: '???>>>~~~' }).split('.').map(plain).join('.');
      const padded = (part: string) => part.padEnd(Math.ceil((part.length + 1) / 4) * 4, '=');
      return [
        `${head} .${payload}.${signature}`,
        `${head}. ${payload}.${signature}`,
        `${head}.${payload}.\t${signature}`,
        `${head}.${payload.slice(0, 9)} ${payload.slice(9)}.${signature}`,
        `${head}.${payload}.${padded(signature)}`,
        `${head}.${padded(payload)}.${signature}`,
        `${padded(head)}.${payload}.${signature}`,
        forger.signInput(`${padded(head)}.${payload}`),
        forger.signInput(`${head}.${padded(payload)}`),
        token.replace('.', '%2E'),
        `${token}%20`,
        odd,
      ];
    },
  },
  {
    name: 'whose base64url is not canonical: bits to spare that are set',
    codes: ['malformed'],
    tokens: (forger) => {
      // A length that is no multiple of three leaves bits to spare: two letters that mean the same bytes.
      const claims = ['', 'x', 'xx'].map((jti) => encode({ ...forger.claims, jti: `a${jti}` }));
      const head = encode(forger.header);
      const spare = claims.map(otherSpelling).filter((text) => text !== undefined);
      const [, payload, signature = ''] = forger.token.split('.');
      return [
        ...spare.map((payloadText) => forger.signInput(`${head}.${payloadText}`)),
        `${head}.${payload}.${otherSpelling(signature)}`,
      ];
    },
  },
  {
    name: 'longer than 8 KiB, though well signed',
    codes: ['too-large'],
    tokens: (forger) => [forger.forge({ padding: 'x'.repeat(7000) }), forger.forge({}, { padding: 'x'.repeat(7000) })],
  },
  {
    name: 'with a member that stands twice, in the header or in the claims',
    codes: ['malformed'],
    tokens: (forger) => {
      const [head, claims] = [JSON.stringify(forger.header), JSON.stringify(forger.claims)];
      const behind = (text: string, more: string) => `${text.slice(0, -1)},${more}}`;
      const before = (text: string, more: string) => `{${more},${text.slice(1)}`;
      return [
        ...['"alg":"none"', '"kid":"x"', `"kid":"${forger.own.kid}"`, '"typ":"JWT"'].flatMap((more) => [
          forger.sign(behind(head, more), claims),
          forger.sign(before(head, more), claims),
        ]),
        ...['"sub":"1"', '"exp":9999999999', '"aud":"orders"', '"roles":[]'].flatMap((more) => [
          forger.sign(head, behind(claims, more)),
          forger.sign(head, before(claims, more)),
        ]),
      ];
    },
  },
  {
    name: 'of JSON that another writer wrote: escapes, white space, a byte order mark, broken UTF-8',
    codes: ['malformed'],
    tokens: (forger) => {
      const [head, claims] = [JSON.stringify(forger.header), JSON.stringify(forger.claims)];
      const broken = Buffer.concat([Buffer.from(`{"x":"`), Buffer.from([0xc3]), Buffer.from(`",${claims.slice(1)}`)]);
      return [
        forger.sign(head.replace('at+jwt', String.raw`\u0061t+jwt`), claims),
        forger.sign(head.replace('"alg"', String.raw`"\u0061lg"`), claims),
        forger.sign(head, claims.replace('"sub"', String.raw`"s\u0075b"`)),
        forger.sign(
          head,
          claims.replace('"iss":"', String.raw`"iss":"\u0068`).replace(String.raw`\u0068h`, String.raw`\u0068`),
        ),
        forger.sign(head, JSON.stringify(forger.claims, undefined, 1)),
        forger.sign(` ${head}`, claims),
        forger.sign(head, `\uFEFF${claims}`),
        forger.sign(head, `${claims}\n`),
        forger.sign(head, claims.replace(/"exp":(\d+)/, '"exp":$1.0')),
        forger.signInput(`${encode(head)}.${broken.subarray(0, -1).toString('base64url')}`),
      ];
    },
  },
  {
    name: 'whose header or payload is no JSON object',
    codes: ['malformed'],
    tokens: (forger) => [
      ...['[]', 'null', '1', '"x"', '{', '', 'true'].map((payload) => forger.sign(forger.header, payload)),
      ...['[]', 'null', '1', '"x"', '{', ''].map((header) => forger.sign(header, forger.claims)),
    ],
  },
  {
    name: 'with an extension that must be understood, or an unencoded payload',
    codes: ['malformed', 'signature'],
    tokens: (forger) => [
      ...[['exp'], ['b64'], [], 'exp', {}].map((crit) => forger.forge({}, { crit, b64: true, exp: 1 })),
      forger.forge({}, { b64: false, crit: ['b64'] }),
      unencoded(forger),
    ],
  },
  {
    name: 'of another type: another kind of token is no access token [ASVS 9.2.2]',
    codes: ['type'],
    tokens: (forger) =>
      [
        'JWT',
        'jwt',
        'dpop+jwt',
        'id_token+jwt',
        'logout+jwt',
        'application/jwt',
        'at+jwt ',
        'xat+jwt',
        '',
        1,
        null,
        undefined,
        ['at+jwt'],
      ].map((typ) => forger.forge({}, { typ })),
  },
];

/** What is claimed, well signed. */
const CLAIMS: Attack[] = [
  {
    name: 'that have expired [ASVS 9.2.1]',
    codes: ['expired'],
    tokens: (forger) => [now() - 61, now() - 3600, 0].map((exp) => forger.forge({ exp })),
  },
  {
    name: 'that do not count yet [ASVS 9.2.1]',
    codes: ['not-yet-valid'],
    tokens: (forger) => [forger.forge({ nbf: now() + 120 }), forger.forge({ nbf: now() + 3600, exp: now() + 7200 })],
  },
  {
    name: 'whose times are no whole seconds',
    codes: ['claims', 'malformed'],
    tokens: (forger) => {
      const far = now() + 600;
      const values = [String(far), far + 0.5, -1, null, [far], { at: far }, true, Number.MAX_VALUE];
      const endless = JSON.stringify(forger.claims).replace(/"exp":\d+/, '"exp":1e999');
      return [
        ...values.map((exp) => forger.forge({ exp })),
        ...values.slice(0, -1).map((nbf) => forger.forge({ nbf })),
        ...[String(far), null, {}].map((iat) => forger.forge({ iat })),
        forger.sign(forger.header, endless),
      ];
    },
  },
  {
    name: 'without a claim that all have',
    codes: ['claims'],
    tokens: (forger) =>
      ['exp', 'nbf', 'iat', 'iss', 'aud', 'sub', 'sid', 'jti'].map((name) => forger.forge({ [name]: undefined })),
  },
  {
    name: 'whose subject or session is no id',
    codes: ['claims'],
    tokens: (forger) =>
      ['', 'abc', '-1', '1.5', "1' OR '1'='1", '1\0', '9'.repeat(255), '1 ', '🦊', 1, null, {}, ['1']].flatMap((id) => [
        forger.forge({ sub: id, userId: id }),
        forger.forge({ sid: id }),
      ]),
  },
  {
    name: 'for another audience [ASVS 9.2.3]',
    codes: ['audience', 'claims'],
    tokens: (forger) =>
      ['shop', ['shop'], ['shop', 'mail'], '', [], 'NX-SELLER', 'nx-seller ', 'nx-seller,orders', null, {}].map((aud) =>
        forger.forge({ aud }),
      ),
  },
  {
    name: 'of another issuer',
    codes: ['issuer', 'claims'],
    tokens: (forger) => {
      const { iss } = forger.claims;
      const others = [
        'https://evil.example',
        `${iss}/`,
        `${iss}.evil.example`,
        iss.toUpperCase(),
        ` ${iss}`,
        '',
        [iss],
        null,
      ];
      return others.map((other) => forger.forge({ iss: other }));
    },
  },
];

/** Every way that we know. Each begins with a token that is good but for this. */
export const ATTACKS: Attack[] = [...SIGNATURES, ...KEYS, ...ENVELOPES, ...CLAIMS];

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

/** Another text for the same bytes, where there is one. */
function otherSpelling(text: string): string | undefined {
  const spare = { 2: 4, 3: 2 }[text.length % 4];
  if (spare === undefined) return undefined;
  return `${text.slice(0, -1)}${ALPHABET[ALPHABET.indexOf(text.at(-1) ?? '') + 1]}`;
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

/** RFC 7797: what is signed is the payload as it is, and not its base64url. */
function unencoded(forger: Forger): string {
  const head = encode({ ...forger.header, b64: false, crit: ['b64'] });
  const signature = forger
    .signInput(`${head}.${JSON.stringify(forger.claims)}`)
    .split('.')
    .at(-1);
  return `${head}.${encode(forger.claims)}.${signature}`;
}
