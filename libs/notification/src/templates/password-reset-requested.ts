import type { MailTexts } from './mail-text.js';

/** To the owner, when an administrator asks for a new password. No code and no link: whoever forges it gains nothing. */
export const passwordResetRequested: MailTexts = {
  layout: 'notice',
  vi: {
    subject: 'Hãy đặt mật khẩu mới cho tài khoản {{brand}}',
    heading: 'Hãy đặt mật khẩu mới',
    opening: 'Quản trị viên {{brand}} đề nghị bạn đặt mật khẩu mới. Bạn đã được đăng xuất khỏi mọi thiết bị.',
    lines: [
      'Hãy mở {{brand}} như thường lệ, chọn "Quên mật khẩu" và nhập địa chỉ email này: bạn sẽ nhận được một mã.',
      'Chúng tôi không bao giờ hỏi mật khẩu hay mã của bạn. Không chia sẻ chúng với bất kỳ ai, kể cả quản trị viên.',
    ],
  },
  en: {
    subject: 'Please choose a new password for your {{brand}} account',
    heading: 'Please choose a new password',
    opening: 'An administrator of {{brand}} asks you to choose a new password. You were signed out on every device.',
    lines: [
      'Open {{brand}} as you always do, choose “Forgot password” and enter this email address: you will be sent a code.',
      'We never ask for your password or a code. Share them with nobody, administrators included.',
    ],
  },
};
