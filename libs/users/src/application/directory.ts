import type { Queryable } from '@platform/database';
import { DomainError } from '@platform/kernel';
import type { CanonicalIdentifier } from '../domain/identifier.js';
import type { IdentifierRecord, Profile, SignInAccount, UserRecord, UserStatus } from '../domain/user.js';

export type ProfilePatchOutcome = 'changed' | 'too-many' | 'not-active';

/** Users, what names them and what proves them. Every method may throw DomainError `database.unavailable`. */
export abstract class Directory {
  /** Who owns this identifier? */
  abstract findForSignIn(identifier: CanonicalIdentifier): Promise<SignInAccount | undefined>;

  /** How those stand who own these identifiers, in the same order; nothing where nobody does. */
  abstract statusesOf(
    identifiers: readonly Pick<CanonicalIdentifier, 'scheme' | 'value'>[],
  ): Promise<(UserStatus | undefined)[]>;

  /**
   * Creates an active account with its first identifier, within the caller's transaction.
   * @returns the new user's id
   * @throws DomainError `users.identifier-taken` when somebody has the identifier, also when he gets it in a race
   */
  abstract create(
    account: { identifier: CanonicalIdentifier; passwordHash?: string; profile?: Profile; verified?: boolean },
    transaction: Queryable,
  ): Promise<string>;

  abstract find(userId: string): Promise<UserRecord | undefined>;

  abstract identifiersOf(userId: string): Promise<IdentifierRecord[]>;

  /** The password hash of an active account, for a check of the current password. */
  abstract passwordHashOf(userId: string): Promise<string | undefined>;

  /** Replaces the hash `from`, and no other: of two changes at once one wins. @returns whether this one did */
  abstract replacePasswordHash(userId: string, from: string, to: string, through: Queryable): Promise<boolean>;

  /**
   * Sets the hash of an active account whatever it was, also where there was none. Holds the account's row: a sign-in
   * with the old password has begun its session before, or begins none.
   * @returns whether there is such an account
   */
  abstract setPasswordHash(userId: string, to: string, transaction: Queryable): Promise<boolean>;

  /** What the database's clock says, in microseconds since 1970. */
  abstract now(): Promise<string>;

  /**
   * As `setPasswordHash`, if the password has not been changed since `issuedAt`: what was issued then is good for one
   * change, and for `maxAgeSeconds`.
   * @param issuedAt what `now` said
   */
  abstract resetPasswordHash(
    userId: string,
    to: string,
    proof: { issuedAt: string; maxAgeSeconds: number },
    transaction: Queryable,
  ): Promise<boolean>;

  /** Keeps the password and replaces its hash `from` by one with other parameters, unless it was changed meanwhile. */
  abstract renewPasswordHash(userId: string, from: string, to: string): Promise<void>;

  /**
   * Merges `changes` into the profile of an active account, null removing a member (RFC 7396).
   * @returns `too-many`, with nothing changed, when the profile would hold more than `limit` members
   */
  abstract patchProfile(userId: string, changes: Record<string, unknown>, limit: number): Promise<ProfilePatchOutcome>;

  /** Says that an identifier was proven, where somebody has it and it was not. */
  abstract markVerified(identifier: CanonicalIdentifier): Promise<void>;

  /**
   * Gives an active account one more identifier, proven.
   * @param limit how many it may have at most
   * @throws DomainError `users.identifier-taken`
   */
  abstract addIdentifier(
    userId: string,
    identifier: CanonicalIdentifier,
    limit: number,
    transaction: Queryable,
  ): Promise<'added' | 'too-many' | 'not-active'>;

  /**
   * Takes an identifier from an active account, never the last one.
   * @returns what was taken; `last` or `not-found`, with nothing changed
   */
  abstract removeIdentifier(
    userId: string,
    identifierId: string,
    transaction: Queryable,
  ): Promise<IdentifierRecord | 'last' | 'not-found'>;

  /** The status of an account, which stays what it is until the caller's transaction ends. */
  abstract holdStatus(userId: string, transaction: Queryable): Promise<UserStatus | undefined>;

  /** @returns whether the account was in `from` and is now in `to` */
  abstract changeStatus(userId: string, from: UserStatus, to: UserStatus, transaction: Queryable): Promise<boolean>;

  /**
   * Whether a moment is at most so many seconds ago by the database's clock, which told it: a process whose own clock
   * is off would take every sign-in for an old one, or an old one for fresh.
   * @param moment in seconds since 1970, such as a token's `auth_time`
   */
  abstract isRecent(moment: number, seconds: number, through: Queryable): Promise<boolean>;

  /**
   * Deletes what names, proves and describes a person; the row stays for those who refer to it.
   * @returns false, with nothing deleted, when the account is not active: a disabled one keeps its names, so that
   *   nobody comes back under them
   */
  abstract erase(userId: string, transaction: Queryable): Promise<boolean>;
}

/** The refusal to show or change an account that is gone, or not active any more. */
export function accountNotFound(): DomainError {
  return new DomainError({ code: 'users.not-found', kind: 'not-found', message: 'There is no such account.' });
}
