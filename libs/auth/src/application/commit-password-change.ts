import { Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import { Database } from '@platform/database';
import { DomainError } from '@platform/kernel';
import type { Locale } from '@identity/notification';
import { Directory } from '@identity/users';
import { EndSessions } from './session/end-sessions.js';
import { TellOwner } from './tell-owner.js';

interface DecidedChange {
  userId: string;
  from: string;
  to: string;
  /** Ends every session but this one; absent, none. */
  endAllBut?: string;
  locale: Locale;
}

/** The change itself: new hash, ended sessions and audit event together, then the mail. */
@Injectable()
export class CommitPasswordChange {
  constructor(
    private readonly database: Database,
    private readonly directory: Directory,
    private readonly sessions: EndSessions,
    private readonly audit: AuditLog,
    private readonly tellOwner: TellOwner,
  ) {}

  /** @throws DomainError `auth.password-conflict` when the password was changed meanwhile */
  async execute(change: DecidedChange): Promise<void> {
    const { userId, locale } = change;
    const afterCommit = await this.database.transaction(async (transaction) => {
      if (!(await this.directory.replacePasswordHash(userId, change.from, change.to, transaction))) throw conflict();
      const actor = { type: 'user', id: userId } as const;
      await this.audit.record({ action: 'password.changed', outcome: 'success', actor, userId }, transaction);
      if (change.endAllBut === undefined) return undefined;
      return await this.sessions.endAll(userId, 'password-changed', transaction, change.endAllBut);
    });
    await afterCommit?.();
    await this.tellOwner.execute({ userId, template: 'password-changed', locale });
  }
}

function conflict(): DomainError {
  return new DomainError({
    code: 'auth.password-conflict',
    kind: 'conflict',
    message: 'The password was changed meanwhile.',
  });
}
