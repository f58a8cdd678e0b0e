import type { MailTexts } from './mail-text.js';

/** Lets somebody choose a new password. Values: `code`, `minutes`. */
export const forgotPassword: MailTexts = {
  layout: 'code',
  vi: {
    subject: 'Mã đặt lại mật khẩu {{brand}}',
    heading: 'Đặt lại mật khẩu',
    opening: '{{code}} là mã đặt lại mật khẩu {{brand}} của bạn.',
    lines: [
      'Mã có hiệu lực trong {{minutes}} phút và chỉ dùng được một lần.',
      'Không chia sẻ mã này với bất kỳ ai. Nếu bạn không yêu cầu, hãy bỏ qua thư này: mật khẩu của bạn vẫn giữ nguyên.',
    ],
  },
  en: {
    subject: 'Your {{brand}} password reset code',
    heading: 'Reset your password',
    opening: '{{code}} is your {{brand}} password reset code.',
    lines: [
      'It is valid for {{minutes}} minutes and can be used once.',
      'Do not share it with anyone. If you did not ask for it, ignore this message: your password stays as it is.',
    ],
  },
};
