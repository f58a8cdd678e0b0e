import { z } from 'zod';
import { SIGNING_ALGORITHMS } from '../domain/jwk.js';

const base64url = z.string().regex(/^[A-Za-z0-9_-]+$/);
const common = {
  kid: z.string().meta({ description: 'RFC 7638 thumbprint; the `kid` of the tokens that the key signed' }),
  alg: z.enum(SIGNING_ALGORITHMS),
  use: z.literal('sig'),
};
const ecKeySchema = z
  .strictObject({ kty: z.literal('EC'), crv: z.enum(['P-256', 'P-384']), x: base64url, y: base64url, ...common })
  .meta({ id: 'EcPublicKey' });
const rsaKeySchema = z
  .strictObject({ kty: z.literal('RSA'), n: base64url, e: base64url, ...common })
  .meta({ id: 'RsaPublicKey' });

/** The JWK set (RFC 7517 §5): public members only, which is why the objects are strict. */
export const jwkSetSchema = z
  .strictObject({ keys: z.array(z.discriminatedUnion('kty', [ecKeySchema, rsaKeySchema])) })
  .meta({
    id: 'JwkSet',
    examples: [
      {
        keys: [
          {
            kty: 'EC',
            crv: 'P-256',
            x: 'MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4',
            y: '4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM',
            kid: 'cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s',
            alg: 'ES256',
            use: 'sig',
          },
        ],
      },
    ],
  });
