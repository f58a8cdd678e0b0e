import type { Queryable } from '@platform/database';
import type { CanonicalIdentifier, Profile } from '@identity/users';

/** What waits for the code of one challenge: a new account, or an address for the account `userId`. */
export interface PendingSignUp {
  identifier: CanonicalIdentifier;
  /** Argon2id PHC string; absent where no password was chosen. */
  passwordHash?: string;
  profile: Profile;
  /** The account that the address is added to; absent for a sign-up. */
  userId?: string;
}

/**
 * Sign-ups and added addresses that are not proven yet. Each belongs to one challenge, never to an address: whoever
 * asks first for somebody else's address leaves nothing there that the owner's own code would bring to life.
 */
export abstract class PendingSignUps {
  /**
   * @param digest of the challenge; the challenge itself is known to whoever asked and to nobody else
   * @throws DomainError `database.unavailable`
   */
  abstract add(digest: Buffer, pending: PendingSignUp, expiresAt: Date): Promise<void>;

  /** Takes what waits for the challenge, once, if it has not expired. */
  abstract take(digest: Buffer, transaction: Queryable): Promise<PendingSignUp | undefined>;
}
