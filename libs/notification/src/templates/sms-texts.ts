import type { Locale, SmsTemplate } from '../application/message-order.js';

/** ASCII, the code first, so that a phone shows it in its notification; Vietnamese without diacritics. */
export const smsTexts: Record<SmsTemplate, Record<Locale, string>> = {
  'phone-auth': {
    vi: '{{code}} la ma dang nhap {{brand}} cua ban, hieu luc {{minutes}} phut. Khong chia se ma nay voi bat ky ai.',
    en: '{{code}} is your {{brand}} sign-in code, valid for {{minutes}} minutes. Do not share it with anyone.',
  },
  'forgot-password': {
    vi: '{{code}} la ma dat lai mat khau {{brand}}, hieu luc {{minutes}} phut. Khong chia se ma nay voi bat ky ai.',
    en: '{{code}} is your {{brand}} password reset code, valid for {{minutes}} minutes. Do not share it with anyone.',
  },
};
