import type { Queryable } from '@platform/database';

/** Injection token of `AccountSessions`. */
export const ACCOUNT_SESSIONS = Symbol('account-sessions');

/** What this library needs of sessions: that none outlives the account. Bound to auth's by the apps. */
export interface AccountSessions {
  /**
   * Ends every live session of the user within the caller's transaction.
   * @returns to be called once that transaction has committed: tells the caches
   */
  endAll(userId: string, reason: string, transaction: Queryable): Promise<() => Promise<void>>;
}
