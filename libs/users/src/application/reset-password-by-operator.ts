import { Inject, Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import type { Queryable } from '@platform/database';
import { ACCOUNT_SESSIONS, type AccountSessions } from './account-sessions.port.js';
import { accountNotFound, Directory } from './directory.js';

/** An operator gives an account another password, which ends all its sessions: whoever had the old one is out. */
@Injectable()
export class ResetPasswordByOperator {
  constructor(
    private readonly directory: Directory,
    private readonly audit: AuditLog,
    @Inject(ACCOUNT_SESSIONS) private readonly sessions: AccountSessions,
  ) {}

  /**
   * @param passwordHash a PHC string, of a password that the policy accepts
   * @returns to be called once the caller's transaction has committed: tells the caches
   * @throws DomainError `users.not-found` when there is no such active account
   */
  async execute(userId: string, passwordHash: string, transaction: Queryable): Promise<() => Promise<void>> {
    if (!(await this.directory.setPasswordHash(userId, passwordHash, transaction))) throw accountNotFound();
    const event = { action: 'password.reset-by-operator', outcome: 'success', actor: { type: 'operator' } } as const;
    await this.audit.record({ ...event, userId }, transaction);
    return await this.sessions.endAll(userId, 'password-changed', transaction);
  }
}
