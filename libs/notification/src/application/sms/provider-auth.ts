import { z } from 'zod';
import { providerUrl, template } from './provider-fields.js';

const headerName = z.string().regex(/^[!#$%&'*+.^`|~\w-]{1,64}$/, 'wants the name of a header');
const credential = template.default('{{credential}}');

/** How a provider knows us. Secrets are in the credential of the row, never in its value. */
export const authSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('none') }),
  /** `{{credential}}` in one of the fields. */
  z.strictObject({ kind: z.literal('body') }),
  z.strictObject({ kind: z.literal('basic'), username: template, password: credential }),
  z.strictObject({ kind: z.literal('header'), name: headerName, value: credential }),
  z.strictObject({ kind: z.literal('bearer') }),
  /** RFC 6749, section 4.4; the token is `{{token}}` in the fields, or the bearer token. */
  z.strictObject({
    kind: z.literal('oauth2-client-credentials'),
    tokenUrl: providerUrl,
    clientId: z.string().min(1).max(256),
    encoding: z.enum(['json', 'form']).default('form'),
    /** What the token request has besides, such as `scope`. */
    parameters: z.record(z.string(), z.string()).default({}),
    placement: z.enum(['bearer', 'fields']).default('bearer'),
  }),
  /** A JWT for each call, HS256 under the credential. */
  z.strictObject({
    kind: z.literal('jwt'),
    header: headerName.default('Authorization'),
    prefix: z.string().max(16).default('Bearer '),
    issuer: z.string().min(1).max(256),
    ttlSeconds: z.int().min(10).max(3600).default(300),
    /** Members of the JWT's header and claims besides. */
    joseHeader: z.record(z.string(), z.string()).default({}),
    claims: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  }),
]);

export type ProviderAuth = z.infer<typeof authSchema>;
