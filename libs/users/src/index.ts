export { ChangeUserStatus } from './application/change-user-status.js';
export { Directory } from './application/directory.js';
export { DirectoryModule } from './directory.module.js';
export { ResetPasswordByOperator } from './application/reset-password-by-operator.js';
export type { Profile, SignInAccount } from './domain/user.js';
export { type CanonicalIdentifier, canonicalise, type IdentifierScheme } from './domain/identifier.js';
export { assertUsernameMayBeTaken } from './domain/username.js';
export { identifierSchema, profileSchema } from './http/schemas.js';
export { UsersModule } from './users.module.js';
