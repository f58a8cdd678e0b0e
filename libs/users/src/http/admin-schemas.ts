import { z } from 'zod';
import { cursorSchema, page, plainText } from '@platform/http';
import { meSchema } from './schemas.js';

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
export const userSchema = z
  .object({ ...meSchema.shape, status: statusSchema })
  .meta({ id: 'User', examples: [example] });

export const usersSchema = page(userSchema).meta({
  id: 'Users',
  examples: [{ items: [example], nextCursor: '248151234567890944' }],
});
