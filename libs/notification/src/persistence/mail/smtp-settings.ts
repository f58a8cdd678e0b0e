import { z } from 'zod';
import type { Configuration } from '../../application/configuration/configurations.js';
import { notConfigured } from '../../application/delivery/not-configured.js';

export const SMTP_CODE = 'identity.mail.smtp';

const PRINTABLE = /^\P{Cc}+$/u;
const schema = z.strictObject({
  host: z.string().regex(/^[A-Za-z\d.:-]+$/),
  port: z.int().min(1).max(65_535),
  /** `starttls` and `implicit` are required, never merely tried: a mail carries a code. */
  tls: z.enum(['none', 'starttls', 'implicit']),
  user: z.string().min(1).optional(),
  from: z
    .string()
    .regex(PRINTABLE)
    .regex(/@[^\s@>]+>?$/),
  maxConnections: z.int().min(1).max(100).default(10),
  ratePerSecond: z.number().min(0.1).max(1000).optional(),
});

/** Row `identity.mail.smtp`: its JSON, with the credential as the password. */
export type SmtpSettings = z.infer<typeof schema> & { password?: string };

/** @throws DomainError `notification.not-configured`, which names what is wrong and never a value */
export function readSmtpSettings(row: Configuration | undefined): SmtpSettings {
  if (!row) throw notConfigured(`of a mail server: there is no row ${SMTP_CODE}`);
  const parsed = schema.safeParse(row.value);
  if (!parsed.success) {
    const wrong = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'value'}: ${message}`);
    throw notConfigured(`of a mail server, ${SMTP_CODE} is wrong (${wrong.join('; ')})`);
  }
  return { ...parsed.data, ...(row.credential !== undefined && { password: row.credential }) };
}
