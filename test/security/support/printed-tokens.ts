import { createHmac } from 'node:crypto';
import type { Attack } from './attack.js';
import { encode } from './forger.js';

/** RFC 7515, appendix A.1: the key and the claims that every library is tried with first. */
const HMAC_KEY = Buffer.from(
  'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow',
  'base64url',
);
const CLAIMS = 'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ';
const PRINTED = [
  `eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.${CLAIMS}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk`, // A.1
  `eyJhbGciOiJFUzI1NiJ9.${CLAIMS}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q`, // A.3
  `eyJhbGciOiJub25lIn0.${CLAIMS}.`, // A.5
];

/** Tokens that everybody has the key of, and tokens within tokens. */
export const PRINTED_TOKENS: Attack[] = [
  {
    name: 'that RFC 7515 prints, and others under its keys',
    codes: ['type', 'algorithm', 'malformed', 'unknown-key'],
    tokens: ({ header, claims }) => {
      const mac = (head: object) => {
        const input = `${encode({ ...head, alg: 'HS256' })}.${encode(claims)}`;
        return `${input}.${createHmac('sha256', HMAC_KEY).update(input).digest('base64url')}`;
      };
      return [...PRINTED, mac({ typ: 'JWT' }), mac(header)];
    },
  },
  {
    name: 'within a token: another one is the payload, or a claim',
    codes: ['malformed', 'claims'],
    tokens: (forger) => [
      forger.sign({ ...forger.header, cty: 'JWT' }, forger.token),
      forger.sign({ ...forger.header, cty: 'JWT' }, JSON.stringify(forger.token)),
      forger.sign(forger.header, { jwt: forger.token }),
      forger.sign(forger.header, encode(forger.claims)),
    ],
  },
];
