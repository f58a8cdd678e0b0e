import { z } from 'zod';
import { cursorSchema, page, plainText } from '@platform/http';
import { userSchema } from './schemas.js';

const statusSchema = z.enum(['active', 'disabled', 'deleted']);

const example = {
  id: '248151234567890944',
  status: 'active',
  type: 'LINKED',
  profile: { displayName: 'Ana', locale: 'vi-VN' },
  identifiers: [
    {
      id: '248151234567890946',
      scheme: 'email',
      value: 'ana@example.com',
      display: 'Ana@Example.com',
      verifiedAt: '2026-11-24T08:15:30.000Z',
    },
  ],
  createdAt: '2026-11-24T08:15:30.000Z',
  lastLoginAt: null,
};

export const userSearchSchema = cursorSchema.extend({
  query: plainText(1, 320)
    .refine((text) => text.trim() !== '', 'wants more than spaces')
    .optional()
    .meta({
      description:
        'What the canonical form of an identifier begins with (`ana@`, `+8490`, `ana.s`), every character as it is; or an id.',
    }),
  status: statusSchema.optional().meta({ description: 'Accounts in this state alone.' }),
});

/** An account as administrators see it: one that was deleted has no names any more. */
export const userRecordSchema = z
  .object({ ...userSchema.shape, status: statusSchema })
  .meta({ id: 'UserRecord', examples: [example] });

export const userRecordPageSchema = page(userRecordSchema);
