export type { OtpNamespace } from '@platform/config';
export { type Challenge, RequestCode } from './application/request-code.js';
export { VerifyCode } from './application/verify-code.js';
export { challengeDigest } from './domain/challenge.js';
export { isServed } from './domain/namespaces.js';
export { invalidCode } from './domain/refusals.js';
export { OtpModule } from './otp.module.js';
