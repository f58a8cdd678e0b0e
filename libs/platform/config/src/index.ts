export { limitsOf, type Limits, LimitsInForce, type SignInLimits, type SmsDimension } from './limits/limits.js';
export { LIMIT_CODES, type LimitFault, tightenLimits } from './limits/tighten-limits.js';
export { loadSettings, readSetting } from './load-settings.js';
export { packageVersion } from './package-version.js';
export type { OtpLimits, OtpNamespace } from './otp-settings.js';
export { readRotatableSecret } from './read-rotatable-secret.js';
export { readSecretFile } from './read-secret-file.js';
export { CLOCK, environmentSchema, SETTINGS, type RedisTarget, type Settings } from './settings.js';
export { SettingsModule } from './settings.module.js';
