import type { Queryable } from '@platform/database';

/** So many may be used; sister services are a handful. It bounds the memory and the time of one statement. */
export const MAX_SERVICE_ACCOUNTS = 1000;

export interface NewServiceAccount {
  name: string;
  /** SHA-256 of the secret, which is not kept. */
  digest: Buffer;
  scopes: string[];
}

/** An account that may be used: not revoked. */
export interface LiveServiceAccount extends NewServiceAccount {
  id: string;
}

/** An account as administrators see it. */
export interface ListedServiceAccount {
  id: string;
  name: string;
  scopes: string[];
  createdAt: Date;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
}

/** Accounts of sister services. May throw DomainError `database.unavailable`. */
export abstract class ServiceAccounts {
  /**
   * Makes the account; one that is there with the same secret and scopes is left as it is.
   * @param replace gives an account of that name this secret and these scopes, even a revoked one
   * @throws DomainError `policy.service-account-exists` when one is there with another secret and must not be replaced
   */
  abstract put(
    account: NewServiceAccount,
    replace: boolean,
    transaction: Queryable,
  ): Promise<{ id: string; result: 'created' | 'replaced' | 'unchanged' }>;

  /** The accounts that are not revoked, oldest first, at most `limit`. */
  abstract live(limit: number): Promise<LiveServiceAccount[]>;

  /** How many are not revoked. */
  abstract countLive(transaction: Queryable): Promise<number>;

  /** All accounts, newest first. @param below the id of the last one of the page before */
  abstract page(limit: number, below?: string): Promise<ListedServiceAccount[]>;

  /** @returns what was revoked; nothing when there is none, or it was revoked before: of two calls at once one wins */
  abstract revoke(
    which: { id?: string; name?: string },
    transaction: Queryable,
  ): Promise<{ id: string; name: string } | undefined>;

  /** Says that an account was used now, unless that was said less than a minute ago. */
  abstract markUsed(id: string): Promise<void>;
}
