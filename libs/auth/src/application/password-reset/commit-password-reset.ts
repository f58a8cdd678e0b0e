import { Injectable } from '@nestjs/common';
import { AuditLog } from '@platform/audit';
import { Database } from '@platform/database';
import type { Locale } from '@identity/notification';
import { Directory } from '@identity/users';
import type { ResetClaim } from '../../domain/password/reset-tokens.js';
import { EndSessions } from '../session/end-sessions.js';
import { TellOwner } from '../tell-owner.js';
import { RESET_SECONDS } from './issue-reset-token.js';

/** The reset itself: new hash, ended sessions and audit event together, then the mail. */
@Injectable()
export class CommitPasswordReset {
  constructor(
    private readonly database: Database,
    private readonly directory: Directory,
    private readonly sessions: EndSessions,
    private readonly audit: AuditLog,
    private readonly tellOwner: TellOwner,
  ) {}

  /** @returns false, with nothing changed, when the claim has expired or the password was changed since: of two one wins */
  async execute({ userId, issuedAt }: ResetClaim, hash: string, locale: Locale): Promise<boolean> {
    const proof = { issuedAt, maxAgeSeconds: RESET_SECONDS };
    const afterCommit = await this.database.transaction(async (transaction) => {
      if (!(await this.directory.resetPasswordHash(userId, hash, proof, transaction))) return undefined;
      const actor = { type: 'user', id: userId } as const;
      await this.audit.record({ action: 'password.reset', outcome: 'success', actor, userId }, transaction);
      return await this.sessions.endAll(userId, 'password-reset', transaction);
    });
    if (!afterCommit) return false;
    await afterCommit();
    await this.tellOwner.execute({ userId, template: 'password-changed', locale });
    return true;
  }
}
