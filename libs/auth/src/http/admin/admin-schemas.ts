import { z } from 'zod';
import { identifierSchema } from '@identity/users';
import { idSchema, page, timeSchema } from '@platform/http';
import { namespaceSchema } from '../schemas.js';

const session = {
  id: '248151234567890945',
  device: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0',
  ip: '203.0.113.7',
  createdAt: '2026-11-24T08:15:30.000Z',
  lastSeenAt: '2026-11-24T09:00:00.000Z',
  expiresAt: '2027-02-22T08:15:30.000Z',
};

export const userSessionsSchema = page(
  z.object({
    id: idSchema,
    device: z.string().nullable().meta({ description: 'What the client called itself.' }),
    ip: z.string().nullable(),
    createdAt: timeSchema,
    lastSeenAt: timeSchema,
    expiresAt: timeSchema,
  }),
).meta({ id: 'UserSessions', examples: [{ items: [session], nextCursor: null }] });

export const resetStartedSchema = z
  .object({ sentTo: z.array(z.string()).meta({ description: 'Where the mail goes, masked.' }) })
  .meta({ id: 'PasswordResetStarted', examples: [{ sentTo: ['a***@example.com'] }] });

export const codeTargetSchema = z.strictObject({ namespace: namespaceSchema, identifier: identifierSchema }).meta({
  id: 'CodeTarget',
  description: 'Whose codes, and what they are for.',
  examples: [{ namespace: 'phone-auth', identifier: { scheme: 'phone', value: '+84901234567' } }],
});

const seconds = (description: string) =>
  z
    .union([z.number().int(), z.literal('no end')])
    .nullable()
    .meta({ description: `${description} In seconds; null when it is not so.` });

export const codeStateSchema = z
  .object({
    pendingFor: seconds('A code waits, until then.'),
    wrongGuesses: z.number().int().meta({ description: 'Those that still count.' }),
    lockedFor: seconds('Requests and codes are refused, until then.'),
    cooldownFor: seconds('No further code is sent, until then.'),
    sentToday: z.number().int().meta({ description: 'Codes sent in the day that began with the first of them.' }),
    quotaRenewedIn: seconds('What is left of that day.'),
  })
  .meta({
    id: 'CodeState',
    examples: [
      {
        pendingFor: null,
        wrongGuesses: 0,
        lockedFor: 731,
        cooldownFor: null,
        sentToday: 3,
        quotaRenewedIn: 80_100,
      },
    ],
  });
