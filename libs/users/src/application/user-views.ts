import type { CanonicalIdentifier } from '../domain/identifier.js';
import type { IdentifierRecord, UserRecord } from '../domain/user.js';

/** An account with all that names it, as it was in one moment. */
export type UserView = Omit<UserRecord, 'realm' | 'activatedAt'> & { identifiers: IdentifierRecord[] };

/** Accounts as sister services see them, never a deleted one, one statement each. May throw DomainError `database.unavailable`. */
export abstract class UserViews {
  abstract byId(userId: string): Promise<UserView | undefined>;

  /** @returns whose each identifier is, in order; nothing where it is nobody's */
  abstract byIdentifiers(identifiers: readonly CanonicalIdentifier[]): Promise<(UserView | undefined)[]>;
}

/** The view of an account that is not deleted, as it is answered. */
export function describeUser(user: UserView) {
  return {
    ...describeAccount(user),
    status: user.status === 'active' ? ('active' as const) : ('disabled' as const),
  };
}

/** A view as it is answered to those who may see accounts in every status. */
export function describeAccount({ identifiers, createdAt, lastLoginAt, ...user }: UserView) {
  return {
    ...user,
    identifiers: identifiers.map((each) => ({ ...each, verifiedAt: each.verifiedAt?.toISOString() ?? null })),
    createdAt: createdAt.toISOString(),
    lastLoginAt: lastLoginAt?.toISOString() ?? null,
  };
}
