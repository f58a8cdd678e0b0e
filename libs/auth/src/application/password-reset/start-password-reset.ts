import { Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import { Database } from '@platform/database';
import { DomainError, maskIdentifier } from '@platform/kernel';
import { accountNotFound, Directory } from '@identity/users';
import { EndSessions } from '../session/end-sessions.js';
import { SendResetNotice } from './send-reset-notice.js';

/**
 * An administrator has somebody choose a new password: every session ends, and a mail tells the owner to ask for a code
 * the usual way (ADR 20). Nothing that the administrator gets to see, or causes, helps to choose one in the owner's place.
 */
@Injectable()
export class StartPasswordReset {
  constructor(
    private readonly database: Database,
    private readonly directory: Directory,
    private readonly sessions: EndSessions,
    private readonly audit: AuditLog,
    private readonly notice: SendResetNotice,
  ) {}

  /**
   * @returns the addresses to which the mail goes, masked
   * @throws DomainError `users.not-found`; `users.not-active`, `auth.no-proven-address`, with nothing done;
   *   `notification.unavailable` when the sessions have ended and no mail could be ordered: it may be repeated
   */
  async execute(userId: string, administrator: string): Promise<string[]> {
    const user = await this.directory.find(userId);
    if (!user) throw accountNotFound();
    const identifiers = await this.directory.identifiersOf(userId);
    const addresses = identifiers.filter(({ scheme, verifiedAt }) => scheme === 'email' && verifiedAt);
    if (user.status === 'active' && addresses.length === 0) throw noProvenAddress();
    await this.endSessions(userId, administrator);
    await this.notice.execute(addresses, user.profile['locale']);
    return addresses.map(({ value }) => maskIdentifier(value));
  }

  private async endSessions(userId: string, administrator: string): Promise<void> {
    const afterCommit = await this.database.transaction(async (transaction) => {
      // Held, so that the account is no other's business until the event of this stands.
      if ((await this.directory.holdStatus(userId, transaction)) !== 'active') throw notActive();
      const event = { action: 'password.reset-requested', outcome: 'success' } as const;
      await this.audit.record({ ...event, actor: { type: 'user', id: administrator }, userId }, transaction);
      return await this.sessions.endAll(userId, 'ended-by-operator', transaction);
    });
    await afterCommit();
  }
}

function notActive(): DomainError {
  return new DomainError({ code: 'users.not-active', kind: 'conflict', message: 'The account is not active.' });
}

function noProvenAddress(): DomainError {
  const message = 'The account has no proven e-mail address that the owner could be told at.';
  return new DomainError({ code: 'auth.no-proven-address', kind: 'conflict', message });
}
