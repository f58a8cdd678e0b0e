import { Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import { Database } from '@platform/database';
import { DomainError } from '@platform/kernel';
import { Directory } from '@identity/users';
import { EndSessions } from './session/end-sessions.js';

/** The change itself: new hash, ended sessions and audit event together. */
@Injectable()
export class CommitPasswordChange {
  constructor(
    private readonly database: Database,
    private readonly directory: Directory,
    private readonly sessions: EndSessions,
    private readonly audit: AuditLog,
  ) {}

  /** @throws DomainError `auth.password-conflict` when the password was changed meanwhile */
  async execute(change: { userId: string; from: string; to: string; endAllBut?: string }): Promise<void> {
    const { userId } = change;
    const afterCommit = await this.database.transaction(async (transaction) => {
      if (!(await this.directory.replacePasswordHash(userId, change.from, change.to, transaction))) throw conflict();
      const actor = { type: 'user', id: userId } as const;
      await this.audit.record({ action: 'password.changed', outcome: 'success', actor, userId }, transaction);
      if (change.endAllBut === undefined) return undefined;
      return await this.sessions.endAll(userId, 'password-changed', transaction, change.endAllBut);
    });
    await afterCommit?.();
  }
}

function conflict(): DomainError {
  return new DomainError({
    code: 'auth.password-conflict',
    kind: 'conflict',
    message: 'The password was changed meanwhile.',
  });
}
