import { Injectable } from '@nestjs/common';
import { accountNotFound, Directory } from '@identity/users';
import { type SessionPage, listSessions } from '../own-sessions.js';
import { EndSessions } from './end-sessions.js';
import { SessionStore } from './session-store.js';

/** An administrator's look at the sessions of others, and their end. */
@Injectable()
export class AdministerSessions {
  constructor(
    private readonly directory: Directory,
    private readonly sessions: SessionStore,
    private readonly ending: EndSessions,
  ) {}

  /** Live sessions, newest first. @throws DomainError `users.not-found` */
  async list(userId: string, page: SessionPage) {
    await this.assertKnown(userId);
    return await listSessions(this.sessions, userId, page);
  }

  /** Ends all sessions of a user. @throws DomainError `users.not-found` */
  async endAll(userId: string, administrator: string): Promise<void> {
    await this.assertKnown(userId);
    await this.ending.everywhere(userId, { type: 'user', id: administrator });
  }

  /** Rows of users are never deleted: whoever was known stays so. */
  private async assertKnown(userId: string): Promise<void> {
    if (!(await this.directory.find(userId))) throw accountNotFound();
  }
}
