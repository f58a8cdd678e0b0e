import { z } from 'zod';
import { idSchema, plainText, timeSchema } from '@platform/http';
import { IDENTIFIER_SCHEMES } from '../domain/identifier.js';
import { PROFILE_LIMIT } from '../domain/profile.js';

const profileKey = z.string().regex(/^[A-Za-z]\w{0,63}$/, 'wants a letter, then letters, digits and _, 64 at most');
const profileValue = z.union([plainText(0, 512), z.number(), z.boolean()]);

const schemeSchema = z.enum(IDENTIFIER_SCHEMES).meta({ id: 'IdentifierScheme' });

/** What names a person: the longest e-mail address has 254 octets. */
export const identifierSchema = z
  .strictObject({ scheme: schemeSchema, value: plainText(1, 320) })
  .meta({ id: 'Identifier', examples: [{ scheme: 'username', value: 'ana.seller' }] });

/** A flat object for the platform's own use; `displayName` is also kept out of passwords. */
export const profileSchema = z
  .record(profileKey, profileValue)
  .refine((profile) => Object.keys(profile).length <= PROFILE_LIMIT, `holds more than ${PROFILE_LIMIT} members`)
  .meta({ id: 'Profile', examples: [{ displayName: 'Ana', locale: 'vi-VN' }] });

export const profilePatchSchema = z.strictObject({ profile: z.record(profileKey, profileValue.nullable()) }).meta({
  id: 'ProfilePatch',
  description: 'Members to set; null removes one.',
  examples: [{ profile: { displayName: 'Ana' } }],
});

export const userExample = {
  id: '248151234567890944',
  status: 'active',
  type: 'SYSTEM',
  profile: { displayName: 'Ana', locale: 'vi-VN' },
  identifiers: [
    {
      id: '248151234567890946',
      scheme: 'username',
      value: 'ana.seller',
      display: 'Ana.Seller',
      verifiedAt: '2026-11-24T08:15:30.000Z',
    },
  ],
  createdAt: '2026-11-24T08:15:30.000Z',
  lastLoginAt: '2026-11-24T08:15:30.000Z',
};

const userIdentifierSchema = z
  .object({
    id: idSchema,
    scheme: schemeSchema,
    value: z.string().meta({ description: 'As it is kept: lower case, E.164.' }),
    display: z.string().meta({ description: 'As its owner wrote it.' }),
    verifiedAt: timeSchema.nullable(),
  })
  .meta({ id: 'UserIdentifier' });

/** An account as its owner sees it, and a sister service. */
export const userSchema = z
  .object({
    id: idSchema,
    status: z.enum(['active', 'disabled']),
    type: z.enum(['SYSTEM', 'LINKED']),
    profile: profileSchema,
    identifiers: z.array(userIdentifierSchema),
    createdAt: timeSchema,
    lastLoginAt: timeSchema.nullable(),
  })
  .meta({ id: 'User', examples: [userExample] });
