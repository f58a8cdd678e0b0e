import { Inject, Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import { Database } from '@platform/database';
import type { Principal } from '@platform/http';
import { AccountProtection } from './account-protection.js';
import { accountNotFound, Directory } from './directory.js';
import { FRESH_SIGN_IN_SECONDS, freshSignInRequired } from './fresh-sign-in.js';
import { ACCOUNT_SESSIONS, type AccountSessions } from './account-sessions.port.js';

/** Deletes the caller's own account: names and proofs go, the row and the audit trail stay, every session ends. */
@Injectable()
export class DeleteAccount {
  constructor(
    private readonly database: Database,
    private readonly directory: Directory,
    private readonly audit: AuditLog,
    @Inject(ACCOUNT_SESSIONS) private readonly sessions: AccountSessions,
    private readonly protection: AccountProtection,
  ) {}

  /**
   * @throws DomainError `users.fresh-sign-in-required` when the last sign-in is more than five minutes ago;
   *   `users.not-found` when the account was disabled or deleted since the caller was let in;
   *   `policy.last-administrator`
   */
  async execute({ userId, authTime }: Principal): Promise<void> {
    const afterCommit = await this.database.transaction(async (transaction) => {
      if (!(await this.directory.isRecent(authTime, FRESH_SIGN_IN_SECONDS, transaction))) throw freshSignInRequired();
      if (!(await this.directory.erase(userId, transaction))) throw accountNotFound();
      await this.protection.assertMayGo(userId, transaction);
      await this.audit.record(
        { action: 'user.deleted', outcome: 'success', actor: { type: 'user', id: userId }, userId },
        transaction,
      );
      return await this.sessions.endAll(userId, 'deleted', transaction);
    });
    await afterCommit();
  }
}
