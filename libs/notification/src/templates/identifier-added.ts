import type { MailTexts } from './mail-text.js';

/** To the owner. Values: `identifier`, the new address, number or name, masked. */
export const identifierAdded: MailTexts = {
  layout: 'notice',
  vi: {
    subject: 'Đã thêm thông tin đăng nhập vào tài khoản {{brand}}',
    heading: 'Thông tin đăng nhập mới',
    opening: '{{identifier}} vừa được thêm vào tài khoản {{brand}} của bạn và có thể dùng để đăng nhập.',
    lines: ['Nếu không phải bạn, hãy gỡ thông tin này và đổi mật khẩu ngay.'],
  },
  en: {
    subject: 'A sign-in identifier was added to your {{brand}} account',
    heading: 'New sign-in identifier',
    opening: '{{identifier}} was just added to your {{brand}} account and can be used to sign in.',
    lines: ['If it was not you, remove it and change your password at once.'],
  },
};
