import { Inject, Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import { Database } from '@platform/database';
import { AccountProtection } from './account-protection.js';
import { Directory } from './directory.js';
import { ACCOUNT_SESSIONS, type AccountSessions } from './account-sessions.port.js';

/** Disables an account, which ends all its sessions, or enables it again. */
@Injectable()
export class ChangeUserStatus {
  constructor(
    private readonly database: Database,
    private readonly directory: Directory,
    private readonly audit: AuditLog,
    @Inject(ACCOUNT_SESSIONS) private readonly sessions: AccountSessions,
    private readonly protection: AccountProtection,
  ) {}

  /**
   * Status first, sessions second, one transaction: a sign-in or refresh that races it either comes before the status
   * change, and its session is ended here, or waits for the row and finds the account disabled.
   * @returns whether anything changed
   * @throws DomainError of what protects the account: `policy.last-administrator`
   */
  async disable(userId: string, actor: { type: 'user' | 'operator'; id?: string }): Promise<boolean> {
    const told = await this.database.transaction(async (transaction) => {
      if (!(await this.directory.changeStatus(userId, 'active', 'disabled', transaction))) return undefined;
      await this.protection.assertMayGo(userId, transaction);
      const afterCommit = await this.sessions.endAll(userId, 'disabled', transaction);
      await this.audit.record({ action: 'user.disabled', outcome: 'success', actor, userId }, transaction);
      return afterCommit;
    });
    await told?.();
    return told !== undefined;
  }

  /** @returns whether anything changed */
  async enable(userId: string, actor: { type: 'user' | 'operator'; id?: string }): Promise<boolean> {
    return await this.database.transaction(async (transaction) => {
      if (!(await this.directory.changeStatus(userId, 'disabled', 'active', transaction))) return false;
      await this.audit.record({ action: 'user.enabled', outcome: 'success', actor, userId }, transaction);
      return true;
    });
  }
}
