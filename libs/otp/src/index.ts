export type { OtpNamespace } from '@platform/config';
export { type Challenge, type CodeOrder, RequestCode } from './application/request-code.js';
export { type CodeGuess, VerifyCode } from './application/verify-code.js';
export { challengeDigest } from './domain/challenge.js';
export { type CodeScheme, isServed } from './domain/namespaces.js';
export { OtpModule } from './otp.module.js';
