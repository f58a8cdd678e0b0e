import { z } from 'zod';
import { idSchema } from '@platform/http';
import { ANY_MEMBER, DOMAIN, EFFECTS, MAX_LENGTHS, TYPE, VALUE } from '../domain/definition.js';

const BATCH = 100;

const valueSchema = z.string().max(MAX_LENGTHS.value).regex(VALUE, 'must hold no space, comma or control character');
const typeSchema = z.string().max(MAX_LENGTHS.type).regex(TYPE, 'wants letters and digits, a letter first');
const NOT_DOMAIN = 'wants <Type>_<id>, or SYSTEM_WIDE';
const domainSchema = z
  .string()
  .max(MAX_LENGTHS.domain)
  .regex(DOMAIN, NOT_DOMAIN)
  .refine((text) => text !== ANY_MEMBER, NOT_DOMAIN)
  .meta({ description: '`<Type>_<id>`; without one, or as `SYSTEM_WIDE`, nowhere in particular.' });

const subjectSchema = z.strictObject({ type: typeSchema, id: valueSchema }).meta({ id: 'PolicySubject' });

export const checkSchema = z
  .strictObject({
    subject: subjectSchema,
    domain: domainSchema.optional(),
    object: valueSchema.meta({ description: 'The code of a permission; what covers it decides too.' }),
    action: valueSchema,
  })
  .meta({
    id: 'PolicyCheck',
    examples: [
      { subject: { type: 'User', id: '248151234567890944' }, domain: 'Shop_7', object: 'orders.items', action: 'read' },
    ],
  });

export const checkResultSchema = z
  .object({
    allowed: z.boolean(),
    policyId: idSchema.optional().meta({ description: 'The definition that decided; absent where none matched.' }),
  })
  .meta({ id: 'PolicyCheckResult', examples: [{ allowed: true, policyId: '248151234567890950' }] });

export const checkBatchSchema = z.strictObject({ checks: z.array(checkSchema).min(1).max(BATCH) }).meta({
  id: 'PolicyCheckBatch',
  examples: [
    {
      checks: [
        { subject: { type: 'User', id: '248151234567890944' }, object: 'orders', action: 'read' },
        { subject: { type: 'User', id: '248151234567890944' }, object: 'orders', action: 'refund' },
      ],
    },
  ],
});

export const checkResultsSchema = z.object({ results: z.array(checkResultSchema) }).meta({
  id: 'PolicyCheckResults',
  examples: [{ results: [{ allowed: true, policyId: '248151234567890950' }, { allowed: false }] }],
});

export const permissionsQuerySchema = z.strictObject({
  subjectType: typeSchema.meta({ description: 'What the subject is.', examples: ['User'] }),
  subjectId: valueSchema.meta({ description: 'Which one it is.', examples: ['248151234567890944'] }),
  domain: domainSchema.optional(),
});

const effectivePermissionSchema = z
  .object({ object: z.string(), action: z.string(), effect: z.enum(EFFECTS), policyId: idSchema })
  .meta({ id: 'EffectivePermission' });

export const subjectPermissionsSchema = z
  .object({
    version: z.string().meta({ description: 'Stays the same as long as the permissions do.' }),
    permissions: z.array(effectivePermissionSchema),
  })
  .meta({
    id: 'SubjectPermissions',
    examples: [
      {
        version: 'o1Qm0jC3Tg2m3sZyq0m9Xw',
        permissions: [
          { object: 'orders', action: 'read', effect: 'allow', policyId: '248151234567890950' },
          { object: 'orders.refunds', action: '*', effect: 'deny', policyId: '248151234567890951' },
        ],
      },
    ],
  });
