import type { Locale, MailTemplate, SmsTemplate } from '../message-order.js';
import { smsTexts } from '../../templates/sms-texts.js';
import { DEFAULT_BRAND } from './brand.js';
import { type ComposedMail, composeMail } from './compose-mail.js';
import { composeSms } from './compose-sms.js';

const SAMPLE = { code: '482913', minutes: '10', identifier: 'a***@example.com', brand: DEFAULT_BRAND };

/** A mail with sample values, for people who want to see it. */
export function previewMail(template: MailTemplate, locale: Locale): ComposedMail {
  return composeMail(template, locale, SAMPLE);
}

/** The built-in text of an SMS with sample values. */
export function previewSms(template: SmsTemplate, locale: Locale): string {
  return composeSms(smsTexts[template][locale], SAMPLE);
}
