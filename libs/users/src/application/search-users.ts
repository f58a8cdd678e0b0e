import { Injectable } from '@nestjs/common';
import { type DomainError, invalidRequest, isId } from '@platform/kernel';
import type { UserStatus } from '../domain/user.js';
import { accountNotFound } from './directory.js';
import { type FoundUsers, UserIndex } from './user-index.js';
import { describeAccount } from './user-views.js';

export interface UserSearch {
  /** What an identifier begins with, or an id. */
  query?: string;
  status?: UserStatus;
  limit: number;
  cursor?: string;
}

/** Finds accounts for those who administer them. */
@Injectable()
export class SearchUsers {
  constructor(private readonly index: UserIndex) {}

  /** @throws DomainError `request.invalid` for a cursor that is none of this search's */
  async execute(search: UserSearch) {
    const { users, next } = await this.find(search);
    return { items: users.map(describeAccount), nextCursor: next };
  }

  /** One account, also a disabled or deleted one. @throws DomainError `users.not-found` */
  async inspect(userId: string) {
    const user = await this.index.find(userId);
    if (!user) throw accountNotFound();
    return describeAccount(user);
  }

  private async find({ query, ...page }: UserSearch): Promise<FoundUsers> {
    if (query === undefined) return await this.index.list(page);
    const text = query.trim();
    const named = isId(text) ? await this.index.find(text) : undefined;
    if (named) return { users: page.status === undefined || named.status === page.status ? [named] : [], next: null };
    if (page.status === 'deleted') return { users: [], next: null }; // their names are gone: no need to look at all others
    // As every canonical value is: NFC, and lower case where there are cases.
    const found = await this.index.startingWith(text.normalize('NFC').toLowerCase(), page);
    if (!found) throw staleCursor();
    return found;
  }
}

function staleCursor(): DomainError {
  return invalidRequest([
    { path: 'cursor', code: 'stale-cursor', message: 'This search has no such cursor any more; begin again.' },
  ]);
}
