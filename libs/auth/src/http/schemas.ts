import { z } from 'zod';
import { identifierSchema, profileSchema } from '@identity/users';
import { idSchema, page, plainText, timeSchema } from '@platform/http';

/** Longer than any acceptable password, so that the policy is what answers; shorter than what would cost to look at. */
const passwordText = z.string().min(1).max(1024);
/** Longer than any token of ours, so that somebody's mix-up of two kinds meets the answer for a wrong token. */
const opaqueToken = z.string().max(8192);
/** `basic` is the older name of `password`. */
const credentialSchema = z
  .strictObject({ scheme: z.enum(['password', 'basic']), value: passwordText })
  .meta({ id: 'Credential', examples: [{ scheme: 'password', value: 'three unrelated words' }] });
const audienceSchema = plainText(1, 255).optional().meta({ description: 'A sister service the token is for as well.' });

const example = {
  identifier: { scheme: 'username', value: 'ana.seller' },
  credential: { scheme: 'password', value: 'three unrelated words' },
};

const tokensExample = {
  accessToken: 'eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6Ii4uLiJ9.eyJpc3MiOiIuLi4ifQ.c2lnbmF0dXJl',
  tokenType: 'Bearer',
  expiresIn: 900,
  refreshToken: 'nxr_AQN7ik_SgBAAAAAAADslWHFkmYv9h8jxGd51YsW_Qr4U2dgbbfVs2Syb4_LO',
  refreshExpiresIn: 1_209_600,
  sessionId: '248151234567890945',
  deviceToken: 'nxd_AQN7ik_PQBAA0oriu584Xiq2CDwjuMPoqti6X_zbnUxE57nfLZmXpgwcHUG6BqHLQFYfvbeb',
};

export const signUpSchema = z
  .strictObject({ identifier: identifierSchema, credential: credentialSchema, profile: profileSchema.optional() })
  .meta({ id: 'SignUp', examples: [{ ...example, profile: { displayName: 'Ana' } }] });

export const signInSchema = z
  .strictObject({
    identifier: identifierSchema,
    credential: credentialSchema,
    deviceToken: opaqueToken
      .optional()
      .meta({ description: 'From an earlier sign-in on this device: a failure count of its own.' }),
    audience: audienceSchema,
  })
  .meta({ id: 'SignIn', examples: [example] });

export const refreshSchema = z
  .strictObject({ refreshToken: opaqueToken })
  .meta({ id: 'RefreshToken', examples: [{ refreshToken: 'the refreshToken of your sign-in' }] });

export const passwordChangeSchema = z
  .strictObject({
    currentPassword: passwordText,
    newPassword: passwordText,
    endOtherSessions: z.boolean().default(true),
  })
  .meta({
    id: 'PasswordChange',
    examples: [{ currentPassword: 'three unrelated words', newPassword: 'four words of another kind' }],
  });

export const tokensSchema = z
  .object({
    accessToken: z.string().meta({ description: 'A JWT (RFC 9068); verify it with /jw-certs.' }),
    tokenType: z.literal('Bearer'),
    expiresIn: z.number().int().meta({ description: 'Seconds.' }),
    refreshToken: z.string().meta({ description: 'Opaque; each refresh returns the next one.' }),
    refreshExpiresIn: z.number().int().meta({ description: 'Seconds.' }),
    sessionId: idSchema,
    deviceToken: z.string().meta({ description: 'Keep it on the device and send it at the next sign-in.' }),
  })
  .meta({ id: 'Tokens', examples: [tokensExample] });

const namespaceSchema = z
  .enum(['verify-email', 'phone-auth', 'forgot-password'])
  .meta({ id: 'OtpNamespace', description: 'What a code is for.' });
const challengeIdSchema = z
  .string()
  .min(1)
  .max(128)
  .meta({ description: 'The `challengeId` of the answer to the request.', examples: ['pGsX1cB0u3sXnYc3ZsJq8g'] });

export const otpTargetSchema = z.strictObject({ namespace: namespaceSchema, identifier: identifierSchema }).meta({
  id: 'OtpTarget',
  description: 'Whose codes, and what they are for.',
  examples: [{ namespace: 'phone-auth', identifier: { scheme: 'phone', value: '+84901234567' } }],
});

export const otpVerifySchema = otpTargetSchema
  .extend({
    challengeId: challengeIdSchema,
    code: z
      .string()
      .min(1)
      .max(64)
      .meta({ description: 'As it was typed: spaces and full-width digits are understood.' }),
  })
  .meta({
    id: 'OtpVerification',
    examples: [
      {
        namespace: 'phone-auth',
        identifier: { scheme: 'phone', value: '+84901234567' },
        challengeId: 'pGsX1cB0u3sXnYc3ZsJq8g',
        code: '123456',
      },
    ],
  });

export const challengeSchema = z
  .object({
    challengeId: challengeIdSchema,
    expiresAt: timeSchema,
    resendAvailableAt: timeSchema,
    codeLength: z.number().int(),
  })
  .meta({
    id: 'Challenge',
    examples: [
      {
        challengeId: 'pGsX1cB0u3sXnYc3ZsJq8g',
        expiresAt: '2026-11-24T08:20:30.000Z',
        resendAvailableAt: '2026-11-24T08:16:30.000Z',
        codeLength: 6,
      },
    ],
  });

const resetTokenSchema = z.string().min(1).max(512);
const verifiedSchema = z
  .object({ verified: z.literal(true) })
  .meta({ id: 'AddressVerified', examples: [{ verified: true }] });
const verifiedWithTokensSchema = z
  .object({ verified: z.literal(true), ...tokensSchema.shape })
  .meta({ id: 'SignUpCompleted', examples: [{ verified: true, ...tokensExample }] });
const resetIssuedSchema = z.object({ resetToken: resetTokenSchema, expiresAt: timeSchema }).meta({
  id: 'ResetIssued',
  examples: [
    {
      resetToken: 'nxp_AQN7ik_SgBAABjQxWHFkmYv9h8jxGd51YsW_Qr4U2dgbbfVs2Syb4_LO',
      expiresAt: '2026-11-24T08:25:30.000Z',
    },
  ],
});

/** What a right code leads to: an address proven, a sign-up completed, a sign-in, or a password to be set anew. */
export const completionSchema = z
  .union([verifiedWithTokensSchema, tokensSchema, resetIssuedSchema, verifiedSchema])
  .meta({ id: 'ChallengeCompleted', examples: [{ verified: true, ...tokensExample }] });

export const passwordResetSchema = z.strictObject({ resetToken: resetTokenSchema, newPassword: passwordText }).meta({
  id: 'PasswordReset',
  examples: [{ resetToken: 'the resetToken of your code', newPassword: 'four words of another kind' }],
});

export const newIdentifierSchema = z
  .strictObject({ identifier: identifierSchema })
  .meta({ id: 'NewIdentifier', examples: [{ identifier: { scheme: 'email', value: 'ana@example.com' } }] });

const roleSchema = z
  .object({ id: idSchema, identifier: z.string(), priority: z.number().int() })
  .meta({ id: 'PrincipalRole' });

export const principalSchema = z
  .object({
    userId: idSchema,
    sessionId: idSchema,
    identifiers: z.array(identifierSchema),
    roles: z.array(roleSchema).meta({ description: 'Those held everywhere, highest priority first, as in the token.' }),
  })
  .meta({
    id: 'Principal',
    examples: [
      {
        userId: '248151234567890944',
        sessionId: '248151234567890945',
        identifiers: [{ scheme: 'username', value: 'ana.seller' }],
        roles: [{ id: '248151234567890001', identifier: 'administrator', priority: 100 }],
      },
    ],
  });

const sessionExample = {
  id: '248151234567890945',
  device: 'Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0',
  ip: '203.0.113.7',
  createdAt: '2026-11-24T08:15:30.000Z',
  lastSeenAt: '2026-11-24T09:00:00.000Z',
  expiresAt: '2027-02-22T08:15:30.000Z',
};

/** A session as anybody may see it who may see it at all. */
const sessionSchema = z
  .object({
    id: idSchema,
    device: z.string().nullable().meta({ description: 'What the client called itself.' }),
    ip: z.string().nullable(),
    createdAt: timeSchema,
    lastSeenAt: timeSchema,
    expiresAt: timeSchema,
  })
  .meta({ id: 'Session', examples: [sessionExample] });
export const sessionPageSchema = page(sessionSchema);

const ownSessionSchema = z
  .object({
    ...sessionSchema.shape,
    current: z.boolean().meta({ description: 'Whether it is the session of this request.' }),
  })
  .meta({ id: 'OwnSession', examples: [{ ...sessionExample, current: true }] });
export const ownSessionPageSchema = page(ownSessionSchema);
