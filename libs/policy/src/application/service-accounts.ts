import type { Queryable } from '@platform/database';

/** Accounts of sister services. May throw DomainError `database.unavailable`. */
export abstract class ServiceAccounts {
  /**
   * @param digest SHA-256 of the secret, which is not kept
   * @throws DomainError `policy.service-account-exists`
   */
  abstract add(account: { name: string; digest: Buffer; scopes: string[] }, transaction: Queryable): Promise<void>;
}
