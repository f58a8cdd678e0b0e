import type { AuditEvent } from '@platform/audit';
import type { Queryable } from '@platform/database';
import type { EndReason, SessionGrant, SessionView } from '../../domain/session/session.js';

/** Where a session comes from. */
export interface SessionOrigin {
  userId: string;
  /** Of the password that was proven, if one was: once it is changed, no session may begin with the old one. */
  passwordChangedAt?: string;
  deviceId: string;
  /** What the client calls itself (User-Agent), for people. */
  device?: string;
  ip?: string;
  /** RFC 8176. */
  amr: string[];
  audience: string;
}

/** What an earlier refresh token of a session meets. */
export type Replay = { kind: 'successor'; grant: SessionGrant } | { kind: 'theft' } | { kind: 'dead' };

/** Sessions. Every change is one guarded statement. Every method may throw DomainError `database.unavailable`. */
export abstract class SessionStore {
  /**
   * Begins a session and notes the sign-in, holding the rows of user and password: a disablement or a change of the
   * password comes before it or ends it. The oldest sessions beyond `MAX_LIVE_SESSIONS` end.
   * @param told the audit event of it, which stands and falls with the session
   * @returns nothing when the account is not active, or the password was changed since it was read
   */
  abstract create(
    origin: SessionOrigin,
    told: (sessionId: string) => AuditEvent,
    through?: Queryable,
  ): Promise<SessionGrant | undefined>;

  /** Moves the session from `counter` to the next, if that is where it is and it lives. Of two at once one does it. */
  abstract rotate(sessionId: string, counter: number, ip: string | undefined): Promise<SessionGrant | undefined>;

  /** What a refresh token that did not rotate is: the one before, still within the grace; stolen; or of no live session. */
  abstract judgeReplay(sessionId: string, counter: number): Promise<Replay>;

  /**
   * Ends one live session.
   * @param owner when given, only a session of this user
   * @returns the user whose session it was, if it ended now
   */
  abstract end(sessionId: string, reason: EndReason, through?: Queryable, owner?: string): Promise<string | undefined>;

  /** Ends every live session of a user, or every one but `except`. @returns the ids of those that ended now */
  abstract endAll(userId: string, reason: EndReason, through: Queryable, except?: string): Promise<string[]>;

  abstract isLive(sessionId: string): Promise<boolean>;

  abstract countLive(userId: string): Promise<number>;

  /** Live sessions of a user, newest first, below the id `before`. */
  abstract list(userId: string, limit: number, before: string | undefined): Promise<SessionView[]>;
}
