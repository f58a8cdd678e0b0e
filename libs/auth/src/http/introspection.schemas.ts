import { z } from 'zod';
import { idSchema } from '@platform/http';

const numericDate = z.int().meta({ description: 'Seconds since 1970.' });

export const introspectionRequestSchema = z
  .strictObject({
    token: z.string().meta({ description: 'Any text: what is no token of ours is not active.' }),
    token_type_hint: z
      .string()
      .max(64)
      .optional()
      .meta({ description: 'Not needed: what a token is stands in it.', examples: ['access_token'] }),
  })
  .meta({ id: 'Introspection', examples: [{ token: 'the accessToken of a sign-in' }] });

const inactiveSchema = z
  .object({ active: z.literal(false) })
  .meta({ id: 'TokenInactive', examples: [{ active: false }] });
const activeSchema = z
  .object({
    active: z.literal(true),
    token_type: z.literal('Bearer'),
    sub: idSchema.meta({ description: 'Whose it is: the id of a user.' }),
    iss: z.string(),
    aud: z.union([z.string(), z.array(z.string())]),
    exp: numericDate,
    iat: numericDate,
    nbf: numericDate,
    jti: z.string(),
    sid: idSchema.meta({ description: 'Its session.' }),
    auth_time: numericDate.meta({ description: 'When the person last proved who they are, in seconds since 1970.' }),
    amr: z.array(z.string()).meta({ description: 'How (RFC 8176).' }),
  })
  .meta({ id: 'TokenActive' });

export const introspectionSchema = z.union([activeSchema, inactiveSchema]).meta({
  id: 'IntrospectionResult',
  examples: [
    {
      active: true,
      token_type: 'Bearer',
      sub: '248151234567890944',
      iss: 'https://identity.example.com',
      aud: 'nx-seller',
      exp: 1_764_000_900,
      iat: 1_764_000_000,
      nbf: 1_764_000_000,
      jti: 'pGsX1cB0u3sXnYc3ZsJq8g',
      sid: '248151234567890945',
      auth_time: 1_764_000_000,
      amr: ['pwd'],
    },
  ],
});
