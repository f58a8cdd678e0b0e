import { z } from 'zod';
import { idSchema, page, timeSchema } from '@platform/http';
import { SCOPES } from '../domain/scopes.js';
import { SERVICE_ACCOUNT_NAME } from '../domain/service-account-name.js';

const nameSchema = z
  .string()
  .regex(SERVICE_ACCOUNT_NAME, 'wants 2 to 63 of a-z, 0-9 and -, a letter first')
  .meta({ description: 'What the service is called.', examples: ['orders'] });

export const newServiceAccountSchema = z
  .strictObject({
    name: nameSchema,
    scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length).meta({ description: '`*` is everything.' }),
    replace: z
      .boolean()
      .default(false)
      .meta({ description: 'Gives an account of that name, even a revoked one, a new secret and these scopes.' }),
  })
  .meta({ id: 'NewServiceAccount', examples: [{ name: 'orders', scopes: ['policies:check', 'users:read'] }] });

export const createdServiceAccountSchema = z
  .object({
    id: idSchema,
    name: z.string(),
    secret: z.string().meta({ description: 'Shown this once; only its digest is kept.' }),
  })
  .meta({
    id: 'CreatedServiceAccount',
    examples: [{ id: '248151234567890947', name: 'orders', secret: 'the 43 characters to hand to the service' }],
  });

const serviceAccountSchema = z
  .object({
    id: idSchema,
    name: z.string(),
    scopes: z.array(z.string()),
    createdAt: timeSchema,
    lastUsedAt: timeSchema.nullable().meta({ description: 'To the minute.' }),
    revokedAt: timeSchema.nullable(),
  })
  .meta({
    id: 'ServiceAccount',
    examples: [
      {
        id: '248151234567890947',
        name: 'orders',
        scopes: ['policies:check', 'users:read'],
        createdAt: '2026-11-24T08:15:30.000Z',
        lastUsedAt: '2026-11-24T09:00:00.000Z',
        revokedAt: null,
      },
    ],
  });
export const serviceAccountPageSchema = page(serviceAccountSchema);
