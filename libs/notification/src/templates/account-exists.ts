import type { MailTexts } from './mail-text.js';

/** To the owner of an address that somebody signed up with: the answer to the sign-up tells nothing. */
export const accountExists: MailTexts = {
  layout: 'notice',
  vi: {
    subject: 'Bạn đã có tài khoản {{brand}}',
    heading: 'Bạn đã có tài khoản',
    opening: 'Có người vừa đăng ký {{brand}} bằng địa chỉ email này, nhưng địa chỉ đã có tài khoản.',
    lines: [
      'Nếu đó là bạn, hãy đăng nhập, hoặc đặt lại mật khẩu nếu bạn đã quên.',
      'Nếu không phải bạn, bạn không cần làm gì: tài khoản của bạn không thay đổi.',
    ],
  },
  en: {
    subject: 'You already have a {{brand}} account',
    heading: 'You already have an account',
    opening: 'Somebody just signed up for {{brand}} with this email address, which has an account already.',
    lines: [
      'If it was you, sign in, or reset your password if you have forgotten it.',
      'If it was not you, there is nothing to do: your account has not changed.',
    ],
  },
};
