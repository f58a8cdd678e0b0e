import type { Locale, MailTemplate } from '../application/message-order.js';
import { accountExists } from './account-exists.js';
import { forgotPassword } from './forgot-password.js';
import { identifierAdded } from './identifier-added.js';
import { identifierRemoved } from './identifier-removed.js';
import type { MailTexts } from './mail-text.js';
import { passwordChanged } from './password-changed.js';
import { passwordResetRequested } from './password-reset-requested.js';
import { verifyEmail } from './verify-email.js';

/** Every mail by the name of its template. */
export const mailTexts: Record<MailTemplate, MailTexts> = {
  'verify-email': verifyEmail,
  'account-exists': accountExists,
  'forgot-password': forgotPassword,
  'password-changed': passwordChanged,
  'password-reset-requested': passwordResetRequested,
  'identifier-added': identifierAdded,
  'identifier-removed': identifierRemoved,
};

/** What stands below every mail. */
export const footers: Record<Locale, string> = {
  vi: 'Thư này do {{brand}} gửi tự động, vui lòng không trả lời.',
  en: 'This message was sent by {{brand}} automatically; please do not reply.',
};
