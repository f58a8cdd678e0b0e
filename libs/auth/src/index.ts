export { assertAcceptablePassword } from './domain/password/password-policy.js';
export { AuthModule } from './auth.module.js';
export { BearerGuard } from './http/bearer.guard.js';
export { EndSessions } from './application/session/end-sessions.js';
export { passwordContextOf } from './application/password/password-context.js';
export { PasswordHasher } from './application/password/password-hasher.js';
export { PasswordsModule } from './passwords.module.js';
export { SessionsModule } from './sessions.module.js';
