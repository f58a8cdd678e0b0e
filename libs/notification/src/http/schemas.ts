import { z } from 'zod';
import { cursorSchema, page, plainText, timeSchema } from '@platform/http';

/** What a text column or a jsonb one takes: well-formed, without NUL. Line breaks are welcome. */
const isStorable = (text: string) => text.isWellFormed() && !text.includes('\0');
const storableText = (max: number) =>
  z.string().min(1).max(max).refine(isStorable, 'must be well-formed, and without NUL');

/** The body was parsed, and is not deep (platform/http looks at that). */
function holdsStorableText(value: unknown): boolean {
  if (typeof value === 'string') return isStorable(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, member]) => isStorable(name) && holdsStorableText(member));
}

export const codeSchema = z
  .string()
  .regex(/^[A-Za-z\d][\w.:-]{0,199}$/, 'wants 1 to 200 of letters, digits and _.:-')
  .meta({ description: 'Such as `identity.mail.smtp` or `identity.sms.vnpay`.', examples: ['identity.mail.smtp'] });

export const configurationsQuerySchema = z.strictObject({
  limit: cursorSchema.shape.limit,
  cursor: plainText(1, 320).optional().meta({ description: '`nextCursor` of the page before.' }),
  group: plainText(1, 200).optional().meta({ description: 'Rows of this group alone.' }),
});

const configurationSchema = z
  .object({
    code: z.string(),
    group: z.string().nullable(),
    description: z.string().nullable(),
    dataType: z.string().nullable().meta({ description: 'What its value is: `JSON`, `TEXT`, `NUMBER`, `BOOLEAN`.' }),
    credential: z.enum(['none', 'current', 'outdated', 'unusable']).meta({
      description:
        'Whether there is one: `current` is sealed under today’s key, `outdated` should be sealed anew, ' +
        '`unusable` cannot be opened by this service.',
    }),
    updatedAt: timeSchema.nullable(),
  })
  .meta({
    id: 'Configuration',
    examples: [
      {
        code: 'identity.mail.smtp',
        group: 'identity.mail',
        description: 'The mail server',
        dataType: 'JSON',
        credential: 'current',
        updatedAt: '2026-11-24T08:15:30.000Z',
      },
    ],
  });
export const configurationPageSchema = page(configurationSchema, z.string());

const valueSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('TEXT'), value: storableText(16_384) }),
  z.strictObject({ type: z.literal('NUMBER'), value: z.number() }),
  z.strictObject({ type: z.literal('BOOLEAN'), value: z.boolean() }),
  z.strictObject({
    type: z.literal('JSON'),
    value: z.unknown().refine(holdsStorableText, 'holds text that is not well-formed, or NUL'),
  }),
]);

export const configurationChangeSchema = z
  .strictObject({
    value: valueSchema.optional().meta({ description: 'Its value, with the type that it has.' }),
    group: plainText(1, 200).optional().meta({ description: 'Of a new row, by default the code up to its last dot.' }),
    description: plainText(1, 1000).optional().meta({ description: 'What it is for.' }),
    credential: storableText(16_384).optional().meta({ description: 'A password, a token: never shown again.' }),
  })
  .meta({
    id: 'ConfigurationChange',
    examples: [
      {
        value: {
          type: 'JSON',
          value: { host: 'smtp.example.com', port: 587, user: 'nx', from: 'NX Seller <no-reply@example.com>' },
        },
        description: 'The mail server',
        credential: 'the password of the mail server',
      },
    ],
  });

export const configurationSetSchema = z
  .object({
    code: z.string(),
    result: z.enum(['created', 'changed', 'unchanged']),
    credential: z.enum(['kept', 'set']),
  })
  .meta({ id: 'ConfigurationSet', examples: [{ code: 'identity.mail.smtp', result: 'changed', credential: 'set' }] });
