import { Injectable } from '@nestjs/common';
import { type AuditEvent, AuditLog } from '@platform/audit';
import { Database, type Queryable } from '@platform/database';
import { DomainError } from '@platform/kernel';
import type { EndReason } from '../../domain/session/session.js';
import { SessionTokens } from '../../domain/session/session-tokens.js';
import { SessionLiveness } from './session-liveness.js';
import { SessionStore } from './session-store.js';

/** Every way a session ends: by its own refresh token, by its owner, with all others, or because it was stolen. */
@Injectable()
export class EndSessions {
  constructor(
    private readonly database: Database,
    private readonly sessions: SessionStore,
    private readonly liveness: SessionLiveness,
    private readonly tokens: SessionTokens,
    private readonly audit: AuditLog,
  ) {}

  /** Sign-out. Says nothing about the token, since whoever calls this only wants to be gone. */
  async byRefreshToken(refreshToken: string): Promise<void> {
    const claim = this.tokens.openRefresh(refreshToken);
    if (claim) await this.endOne(claim.sessionId, 'signed-out');
  }

  /** @throws DomainError `auth.session-not-found` when this user has no such live session */
  async byOwner(userId: string, sessionId: string): Promise<void> {
    if (await this.endOne(sessionId, 'ended-by-user', userId)) return;
    throw new DomainError({ code: 'auth.session-not-found', kind: 'not-found', message: 'There is no such session.' });
  }

  /** A refresh token older than the grace allows: somebody has a copy, and we cannot tell who is who. */
  async stolen(sessionId: string): Promise<void> {
    await this.endOne(sessionId, 'theft');
  }

  /** Signs a user out everywhere: the user himself, an administrator, or an operator. */
  async everywhere(userId: string, actor: AuditEvent['actor'] = { type: 'user', id: userId }): Promise<void> {
    const reason = actor.id === userId ? 'signed-out-everywhere' : 'ended-by-operator';
    const afterCommit = await this.database.transaction(async (transaction) => {
      const afterEnd = await this.endAll(userId, reason, transaction);
      await this.audit.record({ action: 'session.all-ended', outcome: 'success', actor, userId }, transaction);
      return afterEnd;
    });
    await afterCommit();
  }

  /**
   * Ends all sessions of a user within the caller's transaction (users' port `AccountSessions`).
   * @param except the session that may stay
   * @returns to be called after the commit
   */
  async endAll(
    userId: string,
    reason: EndReason,
    transaction: Queryable,
    except?: string,
  ): Promise<() => Promise<void>> {
    const ended = await this.sessions.endAll(userId, reason, transaction, except);
    return () => this.liveness.markEnded(ended);
  }

  async countLive(userId: string): Promise<number> {
    return await this.sessions.countLive(userId);
  }

  private async endOne(sessionId: string, reason: EndReason, owner?: string): Promise<boolean> {
    const ended = await this.database.transaction(async (transaction) => {
      const userId = await this.sessions.end(sessionId, reason, transaction, owner);
      if (userId === undefined) return false;
      const theft = reason === 'theft';
      await this.audit.record(
        {
          action: theft ? 'session.theft-detected' : 'session.ended',
          outcome: theft ? 'failure' : 'success',
          actor: theft ? { type: 'anonymous' } : { type: 'user', id: userId },
          userId,
          details: { sessionId, reason },
        },
        transaction,
      );
      return true;
    });
    if (ended) await this.liveness.markEnded([sessionId]);
    return ended;
  }
}
