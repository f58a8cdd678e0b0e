import { z } from 'zod';
import { cursorSchema, idSchema, page, plainText, timeSchema } from '@platform/http';
import type { PermissionFields, RoleFields } from '../application/catalogue.js';
import { COLUMNS, POLICY_FORMATS } from '../application/exchange/policy-file.js';
import { EFFECTS, VARIANTS } from '../domain/definition.js';
import { NEW_POLICY, policyText } from '../domain/new-definition.js';

const PRIORITY = 1_000_000;
const stored = { createdAt: timeSchema, updatedAt: timeSchema };
const EXAMPLE_TIMES = { createdAt: '2026-11-24T08:15:30.000Z', updatedAt: '2026-11-24T08:15:30.000Z' };
const optionalText = plainText(1, 128).nullable();

const roleFields = {
  identifier: policyText.meta({ examples: ['shop-manager'] }),
  name: plainText(1, 128),
  description: plainText(1, 512).nullable(),
  priority: z.int().min(-PRIORITY).max(PRIORITY),
  status: z.enum(['active', 'disabled']),
} satisfies Record<keyof RoleFields, z.ZodType>;
const ROLE = {
  identifier: 'shop-manager',
  name: 'Shop manager',
  description: 'Runs a shop.',
  priority: 100,
  status: 'active',
};

export const newRoleSchema = z
  .strictObject({
    ...roleFields,
    description: roleFields.description.default(null),
    priority: roleFields.priority.default(0),
    status: roleFields.status.default('active'),
  })
  .meta({ id: 'NewRole', examples: [ROLE] });

export const roleChangesSchema = z
  .strictObject(roleFields)
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'wants a field to be set')
  .meta({ id: 'RoleChanges', description: 'The fields to be set.', examples: [{ name: 'Manager of a shop' }] });

export const roleSchema = z
  .object({ id: idSchema, ...roleFields, ...stored })
  .meta({ id: 'Role', examples: [{ id: '248151234567890944', ...ROLE, ...EXAMPLE_TIMES }] });

const permissionFields = {
  code: policyText.meta({ examples: ['orders.read'] }),
  name: plainText(1, 128),
  subject: optionalText,
  action: optionalText,
  scope: optionalText,
} satisfies Record<keyof PermissionFields, z.ZodType>;
const PERMISSION = { code: 'orders.read', name: 'Read orders', subject: 'orders', action: 'read', scope: null };

export const newPermissionSchema = z
  .strictObject({
    ...permissionFields,
    subject: optionalText.default(null),
    action: optionalText.default(null),
    scope: optionalText.default(null),
  })
  .meta({ id: 'NewPermission', examples: [PERMISSION] });

export const permissionChangesSchema = z
  .strictObject(permissionFields)
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'wants a field to be set')
  .meta({ id: 'PermissionChanges', description: 'The fields to be set.', examples: [{ name: 'See orders' }] });

export const permissionSchema = z
  .object({ id: idSchema, ...permissionFields, ...stored })
  .meta({ id: 'Permission', examples: [{ id: '248151234567890950', ...PERMISSION, ...EXAMPLE_TIMES }] });

export const policySchema = z
  .object({
    id: idSchema,
    variant: z.string().meta({ description: 'One of ours, or one that an older service wrote and this one ignores.' }),
    subjectType: z.string(),
    subjectId: z.string(),
    subjectName: z.string().nullable().meta({ description: 'Identifier or code, of a role or permission.' }),
    targetType: z.string(),
    targetId: z.string(),
    targetName: z.string().nullable().meta({ description: 'Identifier or code, of a role or permission.' }),
    action: z.string().nullable(),
    effect: z.enum(EFFECTS).nullable(),
    domain: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()).nullable(),
    createdAt: timeSchema,
  })
  .meta({
    id: 'Policy',
    examples: [
      {
        id: '248151234567890960',
        ...NEW_POLICY,
        subjectName: null,
        targetName: 'orders.read',
        metadata: null,
        createdAt: EXAMPLE_TIMES.createdAt,
      },
    ],
  });

export const createdPolicySchema = z
  .object({ id: idSchema })
  .meta({ id: 'CreatedPolicy', examples: [{ id: '248151234567890960' }] });

export const rolePageSchema = page(roleSchema);
export const permissionPageSchema = page(permissionSchema);
export const policyPageSchema = page(policySchema);

const filterText = (description: string) => policyText.optional().meta({ description, examples: [] });

export const policyFilterSchema = cursorSchema
  .extend({
    subjectType: filterText('With `subjectId`: definitions of this subject.'),
    subjectId: filterText('With `subjectType`: definitions of this subject.'),
    targetType: filterText('With `targetId`: definitions of this target.'),
    targetId: filterText('With `targetType`: definitions of this target.'),
    variant: z.enum(VARIANTS).optional().meta({ description: 'Definitions of this variant.' }),
  })
  .superRefine((query, context) => {
    for (const [one, other] of [
      ['subjectType', 'subjectId'],
      ['subjectId', 'subjectType'],
      ['targetType', 'targetId'],
      ['targetId', 'targetType'],
    ] as const)
      if (query[one] !== undefined && query[other] === undefined)
        context.addIssue({ code: 'custom', path: [other], message: `is wanted beside ${one}` });
  });

export const policyImportSchema = z
  .strictObject({
    format: z.enum(POLICY_FORMATS),
    content: z
      .string()
      .min(1)
      .meta({ description: 'The file. Larger ones than a body may hold: the operator’s command.' }),
  })
  .meta({
    id: 'PolicyImport',
    examples: [
      {
        format: 'csv',
        content:
          'variant,subjectType,subjectId,targetType,targetName,action\ngrant,User,248151234567890944,Permission,orders.read,read\n',
      },
    ],
  });

export const policyImportResultSchema = z
  .object({
    created: z.int().meta({ description: 'How many were written.' }),
    unchanged: z.int().meta({ description: 'How many were there already.' }),
  })
  .meta({ id: 'PolicyImportResult', examples: [{ created: 1, unchanged: 0 }] });

export const policyFormatSchema = z.strictObject({
  format: z.enum(POLICY_FORMATS).default('csv').meta({ description: 'Of the file.' }),
});

const { $schema: _dialect, ...fileItem } = z.toJSONSchema(policySchema.omit({ id: true, createdAt: true }));

/** What an export answers, by type; a stream has no schema that checks it. */
export const EXPORTED = {
  'application/json': {
    schema: { type: 'array' as const, items: fileItem as object },
    example: [{ ...NEW_POLICY, subjectName: null, targetName: 'orders.read', metadata: null }],
  },
  'text/csv': { schema: { type: 'string' as const }, example: `${COLUMNS.join(',')}\n` },
};
