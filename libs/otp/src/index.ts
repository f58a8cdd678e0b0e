export type { OtpNamespace } from '@platform/config';
export { challengeDigest } from './domain/challenge.js';
export { servesScheme } from './domain/namespaces.js';
export { type Challenge, RequestCode } from './application/request-code.js';
export { VerifyCode } from './application/verify-code.js';
export { OtpModule } from './otp.module.js';
