import type { MailTexts } from './mail-text.js';

/** To the owner, the removed address among them. Values: `identifier`, what was removed, masked. */
export const identifierRemoved: MailTexts = {
  layout: 'notice',
  vi: {
    subject: 'Đã gỡ thông tin đăng nhập khỏi tài khoản {{brand}}',
    heading: 'Đã gỡ thông tin đăng nhập',
    opening: '{{identifier}} vừa được gỡ khỏi tài khoản {{brand}} của bạn và không còn dùng để đăng nhập được.',
    lines: ['Nếu không phải bạn, hãy đổi mật khẩu ngay và kiểm tra các phiên đăng nhập.'],
  },
  en: {
    subject: 'A sign-in identifier was removed from your {{brand}} account',
    heading: 'Sign-in identifier removed',
    opening: '{{identifier}} was just removed from your {{brand}} account and can no longer be used to sign in.',
    lines: ['If it was not you, change your password at once and look through your sessions.'],
  },
};
