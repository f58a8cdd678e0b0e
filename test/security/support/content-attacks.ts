import { createPublicKey } from 'node:crypto';
import { CompactEncrypt } from 'jose';
import type { Attack } from './attack.js';
import { ALPHABET, encode, type Forger } from './forger.js';

const now = () => Math.floor(Date.now() / 1000);

/** The texts around the claims. */
export const ENVELOPES: Attack[] = [
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
export const CLAIMS: Attack[] = [
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

/** Another text for the same bytes, where there is one. */
function otherSpelling(text: string): string | undefined {
  const spare = { 2: 4, 3: 2 }[text.length % 4];
  if (spare === undefined) return undefined;
  return `${text.slice(0, -1)}${ALPHABET[ALPHABET.indexOf(text.at(-1) ?? '') + 1]}`;
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
