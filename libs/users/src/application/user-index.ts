import type { UserStatus } from '../domain/user.js';
import type { UserView } from './user-views.js';

/** A page of accounts and where the next one begins, if there is more to look at. */
export interface FoundUsers {
  users: UserView[];
  next: string | null;
}

interface PageOf {
  status?: UserStatus;
  limit: number;
  /** `next` of the page before. */
  cursor?: string;
}

/** Accounts for those who administer them, deleted ones too. Every method may throw DomainError `database.unavailable`. */
export abstract class UserIndex {
  abstract find(userId: string): Promise<UserView | undefined>;

  /** All accounts, newest first. */
  abstract list(page: PageOf): Promise<FoundUsers>;

  /**
   * Accounts with an identifier that begins so, each once, by the first of those. One page looks at a bounded number of
   * identifiers: where few accounts are in `status` it may hold less than `limit`, and yet not be the last.
   * @param prefix of canonical values; every character stands for itself
   * @returns nothing when the identifier that `cursor` names is gone, or none of this search
   */
  abstract startingWith(prefix: string, page: PageOf): Promise<FoundUsers | undefined>;
}
