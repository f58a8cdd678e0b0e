import type { MailTexts } from './mail-text.js';

/** Proves an address. Values: `code`, `minutes`. */
export const verifyEmail: MailTexts = {
  layout: 'code',
  vi: {
    subject: 'Mã xác minh email của {{brand}}',
    heading: 'Xác minh địa chỉ email',
    opening: '{{code}} là mã xác minh email {{brand}} của bạn.',
    lines: [
      'Mã có hiệu lực trong {{minutes}} phút và chỉ dùng được một lần.',
      'Không chia sẻ mã này với bất kỳ ai. Nếu bạn không yêu cầu, hãy bỏ qua thư này.',
    ],
  },
  en: {
    subject: 'Your {{brand}} verification code',
    heading: 'Verify your email address',
    opening: '{{code}} is your {{brand}} email verification code.',
    lines: [
      'It is valid for {{minutes}} minutes and can be used once.',
      'Do not share it with anyone. If you did not ask for it, ignore this message.',
    ],
  },
};
