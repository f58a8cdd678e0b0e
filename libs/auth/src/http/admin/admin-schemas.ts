import { z } from 'zod';

export const resetStartedSchema = z
  .object({ sentTo: z.array(z.string()).meta({ description: 'Where the mail goes, masked.' }) })
  .meta({ id: 'PasswordResetStarted', examples: [{ sentTo: ['a***@example.com'] }] });

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
