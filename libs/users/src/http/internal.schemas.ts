import { z } from 'zod';
import { IDENTIFIER_SCHEMES } from '../domain/identifier.js';
import { identifierSchema, meExample, meSchema } from './schemas.js';

/** An account as its owner sees it. */
export const userSchema = z.object(meSchema.shape).meta({ id: 'FoundUser', examples: [meExample] });

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

export const lookedUpSchema = z
  .object({
    items: z.array(
      z.object({
        identifier: z
          .object({ scheme: z.enum(IDENTIFIER_SCHEMES), value: z.string() })
          .meta({ description: 'As it is kept: lower case, E.164.' }),
        user: userSchema.nullable().meta({ description: 'Null when it names nobody.' }),
      }),
    ),
  })
  .meta({
    id: 'UsersLookedUp',
    examples: [
      {
        items: [
          { identifier: { scheme: 'username', value: 'ana.seller' }, user: meExample },
          { identifier: { scheme: 'phone', value: '+84901234567' }, user: null },
        ],
      },
    ],
  });
