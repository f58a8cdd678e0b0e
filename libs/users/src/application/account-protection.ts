import type { Queryable } from '@platform/database';

/** What may keep an account from being disabled or deleted. Bound to policy's by the apps. */
export abstract class AccountProtection {
  /**
   * To be asked within the transaction once the account is no longer active, which a refusal rolls back.
   * @throws DomainError when it has to stay, such as the last administrator's
   */
  abstract assertMayGo(userId: string, transaction: Queryable): Promise<void>;
}
