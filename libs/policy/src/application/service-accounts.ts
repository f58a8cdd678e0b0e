import type { Queryable } from '@platform/database';

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
  ): Promise<'created' | 'replaced' | 'unchanged'>;

  /** The accounts that are not revoked, oldest first, at most `limit`. */
  abstract live(limit: number): Promise<LiveServiceAccount[]>;

  /** Says that an account was used now, unless that was said less than a minute ago. */
  abstract markUsed(id: string): Promise<void>;
}
