export { loadSettings, readSetting } from './load-settings.js';
export { packageVersion } from './package-version.js';
export type { OtpLimits, OtpNamespace } from './otp-settings.js';
export { readRotatableSecret } from './read-rotatable-secret.js';
export { readSecretFile } from './read-secret-file.js';
export { CLOCK, environmentSchema, SETTINGS, type Settings } from './settings.js';
export type { RedisAccess, RedisTarget } from './redis-target.js';
export { SettingsModule } from './settings.module.js';
