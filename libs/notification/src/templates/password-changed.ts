import type { MailTexts } from './mail-text.js';

/** To the owner, after a change or a reset. */
export const passwordChanged: MailTexts = {
  layout: 'notice',
  vi: {
    subject: 'Mật khẩu {{brand}} của bạn đã được thay đổi',
    heading: 'Mật khẩu đã được thay đổi',
    opening: 'Mật khẩu tài khoản {{brand}} của bạn vừa được thay đổi.',
    lines: ['Nếu không phải bạn, hãy đặt lại mật khẩu ngay và kiểm tra các phiên đăng nhập.'],
  },
  en: {
    subject: 'Your {{brand}} password was changed',
    heading: 'Your password was changed',
    opening: 'The password of your {{brand}} account was just changed.',
    lines: ['If it was not you, reset your password at once and look through your sessions.'],
  },
};
