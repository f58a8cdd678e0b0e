import { z } from 'zod';
import type { Configuration } from '../configuration/configurations.js';
import { notConfigured } from '../delivery/not-configured.js';
import { faultsOf } from '../faults-of.js';
import { LOOPBACK_HOST } from '../loopback-host.js';

export const SMTP_CODE = 'identity.mail.smtp';

const PRINTABLE = /^\P{Cc}+$/u;
/** `submissions`, RFC 8314 §3.3. */
const IMPLICIT_TLS_PORT = 465;
const schema = z
  .strictObject({
    host: z.string().regex(/^[A-Za-z\d.:-]+$/, 'wants a name or an address'),
    port: z.int().min(1).max(65_535),
    /** `starttls` and `implicit` are required, never merely tried: a mail carries a code. */
    tls: z.enum(['none', 'starttls', 'implicit']).optional(),
    user: z.string().min(1).optional(),
    from: z
      .string('wants an address, such as NX Seller <no-reply@example.com>')
      .regex(PRINTABLE, 'wants printable characters')
      .regex(/@[^\s@>]+>?$/, 'wants an address, such as NX Seller <no-reply@example.com>'),
    maxConnections: z.int().min(1).max(100).default(10),
    ratePerSecond: z.number().min(0.1).max(1000).optional(),
  })
  .refine(({ host, tls, user }) => tls !== 'none' || user === undefined || LOOPBACK_HOST.test(host), {
    path: ['tls'],
    error: 'wants starttls or implicit where there is a user: its password is for the server alone',
  })
  .transform(({ tls, ...rest }) => ({ ...rest, tls: tls ?? usualTls(rest.port) }));

/** Row `identity.mail.smtp`: its JSON, with the credential as the password. */
export type SmtpSettings = z.infer<typeof schema> & { password?: string };

function usualTls(port: number): 'implicit' | 'starttls' {
  return port === IMPLICIT_TLS_PORT ? 'implicit' : 'starttls';
}

/** @returns what is wrong with the value of such a row, which names fields and repeats no value */
export function smtpFaults(value: unknown): string[] {
  return faultsOf(schema.safeParse(value).error);
}

/** @throws DomainError `notification.not-configured`, which names what is wrong and never a value */
export function readSmtpSettings(row: Configuration | undefined): SmtpSettings {
  if (!row) throw notConfigured(`of a mail server: there is no row ${SMTP_CODE}`);
  const { data, error } = schema.safeParse(row.value);
  if (!data) throw notConfigured(`of a mail server, ${SMTP_CODE} is wrong (${faultsOf(error).join('; ')})`);
  return { ...data, ...(row.credential !== undefined && { password: row.credential }) };
}
