import type { IdentifierScheme } from './identifier.js';

export type UserStatus = 'active' | 'disabled' | 'deleted';
/** A flat object for the platform's own use. */
export type Profile = Record<string, string | number | boolean>;

/** An account as it is kept. Ids are decimal strings. */
export interface UserRecord {
  id: string;
  realm: string;
  status: UserStatus;
  type: 'SYSTEM' | 'LINKED';
  profile: Profile;
  activatedAt: Date | null;
  lastLoginAt: Date | null;
  createdAt: Date;
}

/** One of the names of an account. */
export interface IdentifierRecord {
  id: string;
  scheme: IdentifierScheme;
  value: string;
  display: string;
  verifiedAt: Date | null;
}

/** What a sign-in needs to know of the account behind an identifier. */
export interface SignInAccount {
  userId: string;
  status: UserStatus;
  /** Argon2id PHC string; absent for accounts that have no password. */
  passwordHash?: string;
  /** When the person last changed the password, as PostgreSQL writes it: a Date would lose its microseconds. */
  passwordChangedAt?: string;
}
