import { z } from 'zod';
import { identifierSchema, userExample, userSchema } from './schemas.js';

export const lookUpSchema = z.strictObject({ identifiers: z.array(identifierSchema).min(1).max(100) }).meta({
  id: 'UserLookUp',
  examples: [
    {
      identifiers: [
        { scheme: 'username', value: 'Ana.Seller' },
        { scheme: 'phone', value: '0901234567' },
      ],
    },
  ],
});

const resultSchema = z
  .object({
    identifier: identifierSchema.meta({ description: 'As it is kept: lower case, E.164.' }),
    user: userSchema.nullable().meta({ description: 'Null when it names nobody.' }),
  })
  .meta({ id: 'UserLookUpResult' });

export const lookedUpSchema = z.object({ items: z.array(resultSchema) }).meta({
  id: 'UserLookUpResults',
  examples: [
    {
      items: [
        { identifier: { scheme: 'username', value: 'ana.seller' }, user: userExample },
        { identifier: { scheme: 'phone', value: '+84901234567' }, user: null },
      ],
    },
  ],
});
