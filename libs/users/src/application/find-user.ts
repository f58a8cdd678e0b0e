import { Injectable } from '@nestjs/common';
import { accountNotFound } from './directory.js';
import { describeUser, UserViews } from './user-views.js';

/** The account of an id, for a sister service. */
@Injectable()
export class FindUser {
  constructor(private readonly users: UserViews) {}

  /** @throws DomainError `users.not-found`, also for a deleted account */
  async execute(userId: string) {
    const user = await this.users.byId(userId);
    if (!user) throw accountNotFound();
    return describeUser(user);
  }
}
