import { Injectable } from '@nestjs/common';
import { DomainError } from '@platform/kernel';
import { requestContext } from '@platform/telemetry';
import { SessionTokens } from '../../domain/session/session-tokens.js';
import { EndSessions } from './end-sessions.js';
import { type IssuedTokens, IssueTokens } from './issue-tokens.js';
import { SessionStore } from './session-store.js';

/**
 * Rotates a refresh token (RFC 9700, section 4.14.2). Of any number of refreshes at once one rotates, and all get the
 * same successor; a token from before that, or after the grace, ends the session.
 */
@Injectable()
export class RefreshSession {
  constructor(
    private readonly sessions: SessionStore,
    private readonly tokens: SessionTokens,
    private readonly issue: IssueTokens,
    private readonly end: EndSessions,
  ) {}

  /** @throws DomainError `auth.invalid-refresh-token`, the same for every reason; `database.unavailable` */
  async execute(refreshToken: string): Promise<IssuedTokens> {
    const claim = this.tokens.openRefresh(refreshToken);
    if (!claim) throw invalidRefreshToken();
    const rotated = await this.sessions.rotate(claim.sessionId, claim.counter, requestContext().clientAddress);
    if (rotated) return this.issue.execute(rotated);
    const replay = await this.sessions.judgeReplay(claim.sessionId, claim.counter);
    if (replay.kind === 'successor') return this.issue.execute(replay.grant);
    if (replay.kind === 'theft') await this.end.stolen(claim.sessionId);
    throw invalidRefreshToken();
  }
}

function invalidRefreshToken(): DomainError {
  return new DomainError({
    code: 'auth.invalid-refresh-token',
    kind: 'unauthenticated',
    message: 'The refresh token is not valid, or its session has ended.',
  });
}
