import type { Queryable } from '@platform/database';

export const ADMINISTRATOR = 'administrator';

/** Who has the role `administrator` everywhere. May throw DomainError `database.unavailable`. */
export abstract class Administrators {
  /** Whether this user has the role. */
  abstract has(userId: string, transaction: Queryable): Promise<boolean>;

  /** Whether this user is active, which stays as it is until the transaction ends. */
  abstract isActive(userId: string, transaction: Queryable): Promise<boolean>;

  /**
   * Those among the users who have the role stay as they are until the transaction ends: who is given it while he is
   * being disabled is seen by whoever disables him.
   */
  abstract hold(userIds: string[], transaction: Queryable): Promise<void>;

  /**
   * Whether an active user has the role. Of transactions that ask at once the second one waits for the end of the
   * first: of the last two who remove each other one is refused.
   */
  abstract isAnyLeft(transaction: Queryable): Promise<boolean>;

  /**
   * Whether one of them may still change who may do what, by all that is written in this transaction; also where there
   * is none. Waits as `isAnyLeft` does: of two who each shut out the other one is refused.
   */
  abstract canAnyAdminister(transaction: Queryable): Promise<boolean>;
}
