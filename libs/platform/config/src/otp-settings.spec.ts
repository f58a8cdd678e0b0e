import { describe, expect, it } from 'vitest';
import { otpLimitFaults, resolveOtpLimits } from './otp-settings.js';

describe('the limits of one-time codes', () => {
  it('are those for all purposes unless one has its own', () => {
    const limits = resolveOtpLimits({ OTP_MAX_ATTEMPTS: 4, OTP_MAX_ATTEMPTS__PHONE_AUTH: 3, OTP_LOCK_SECONDS: 1200 });
    expect(limits['phone-auth']).toMatchObject({ maxAttempts: 3, lockSeconds: 1200 });
    expect(limits['verify-email']).toMatchObject({ maxAttempts: 4, lockSeconds: 1200 });
  });

  it('let no code live longer than five minutes where it is sent to a phone', () => {
    const limits = resolveOtpLimits({ OTP_CODE_TTL_SECONDS: 600, OTP_CODE_TTL_SECONDS__FORGOT_PASSWORD: 120 });
    expect(limits['phone-auth'].codeTtlSeconds).toEqual({ email: 600, phone: 300 });
    expect(limits['forgot-password'].codeTtlSeconds).toEqual({ email: 120, phone: 120 });
  });

  it.each([
    [{ OTP_RESEND_COOLDOWN_SECONDS: 59 }, ['OTP_RESEND_COOLDOWN_SECONDS']],
    [{ OTP_MAX_ATTEMPTS: 6 }, ['OTP_MAX_ATTEMPTS']],
    [{ OTP_DAILY_QUOTA__VERIFY_EMAIL: 11 }, ['OTP_DAILY_QUOTA__VERIFY_EMAIL']],
    [{ OTP_LOCK_SECONDS__VERIFY_EMAIL: 599 }, ['OTP_LOCK_SECONDS__VERIFY_EMAIL']],
    // 600 is enough for verify-email, and too little for the two others.
    [{ OTP_LOCK_SECONDS: 600 }, ['OTP_LOCK_SECONDS', 'OTP_LOCK_SECONDS']],
    [{ OTP_LOCK_SECONDS: 900, OTP_MAX_ATTEMPTS: 1, OTP_DAILY_QUOTA: 1, OTP_RESEND_COOLDOWN_SECONDS: 3600 }, []],
  ])('may be tightened, not loosened: %j', (values, names) => {
    expect(otpLimitFaults(values).map((fault) => fault.split(':', 1)[0])).toEqual(names);
  });
});
