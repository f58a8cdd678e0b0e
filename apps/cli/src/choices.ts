import type { OtpNamespace } from '@identity/otp';
import type { Locale, MailTemplate, SmsTemplate } from '@identity/notification';
import type { SigningAlgorithm } from '@identity/jwks';
import type { PolicyFormat } from '@identity/policy';
import type { AuditSubject } from '@platform/audit';

// What the help names. The libraries have these too, and loading one for its names takes longer than all of the help;
// choices.spec.ts holds them together.

export const SIGNING_ALGORITHMS = ['ES256', 'ES384', 'RS256', 'PS256'] as const satisfies SigningAlgorithm[];
/** Of a new key before it signs: what is usual, and the least that wants no `--force`. */
export const LEAD_SECONDS = { usual: 86_400, least: 43_200 };
export const NAMESPACE_NAMES = ['verify-email', 'phone-auth', 'forgot-password'] as const satisfies OtpNamespace[];
export const AUDIT_SUBJECTS = ['ip', 'user', 'identifier', 'action'] as const satisfies AuditSubject[];
export const SCOPES = ['policies:check', 'users:read', 'tokens:introspect', 'revocations:read', '*'] as const;
export const LOCALES = ['vi', 'en'] as const satisfies Locale[];
export const MAIL_TEMPLATES = [
  'verify-email',
  'account-exists',
  'forgot-password',
  'password-changed',
  'password-reset-requested',
  'identifier-added',
  'identifier-removed',
] as const satisfies MailTemplate[];
export const SMS_TEMPLATES = ['phone-auth', 'forgot-password'] as const satisfies SmsTemplate[];
export const POLICY_FORMATS = ['csv', 'json'] as const satisfies PolicyFormat[];
export const QUEUE_NAMES = ['mail', 'sms'] as const;
