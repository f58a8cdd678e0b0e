import type { CanonicalIdentifier } from '../domain/identifier.js';
import type { IdentifierRecord, UserRecord } from '../domain/user.js';

/** An account with all that names it, as it was in one moment. Never a deleted one. */
export type UserView = Omit<UserRecord, 'realm' | 'activatedAt'> & { identifiers: IdentifierRecord[] };

/** Accounts as sister services see them, one statement each. May throw DomainError `database.unavailable`. */
export abstract class UserViews {
  abstract byId(userId: string): Promise<UserView | undefined>;

  /** @returns whose each identifier is, in order; nothing where it is nobody's */
  abstract byIdentifiers(identifiers: readonly CanonicalIdentifier[]): Promise<(UserView | undefined)[]>;
}

/** A view as it is answered. */
export function describeUser({ identifiers, createdAt, lastLoginAt, ...user }: UserView) {
  return {
    ...user,
    // A view is of an account that is not deleted.
    status: user.status === 'active' ? ('active' as const) : ('disabled' as const),
    identifiers: identifiers.map((each) => ({ ...each, verifiedAt: each.verifiedAt?.toISOString() ?? null })),
    createdAt: createdAt.toISOString(),
    lastLoginAt: lastLoginAt?.toISOString() ?? null,
  };
}
