/** A live session as a token answer needs it. Ids are decimal strings. */
export interface SessionGrant {
  sessionId: string;
  userId: string;
  /** Which refresh token of the chain is the current one. */
  counter: number;
  deviceId: string;
  /** When the person proved who they are: the access token's `auth_time`. */
  createdAt: Date;
  /** When this refresh token was made; the device token says so too. */
  rotatedAt: Date;
  /** Seconds until the session expires unless it is refreshed, as the database counts them. */
  expiresIn: number;
  audience: string;
  amr: string[];
  roles: { id: string; identifier: string; priority: number }[];
}

/** Where somebody is signed in, as it is shown to them. */
export interface SessionView {
  id: string;
  device: string | null;
  ip: string | null;
  createdAt: Date;
  lastSeenAt: Date;
  expiresAt: Date;
}

/** Why a session ended; kept in its row. */
export type EndReason =
  | 'signed-out'
  | 'signed-out-everywhere'
  | 'ended-by-user'
  | 'ended-by-operator'
  | 'password-changed'
  | 'password-reset'
  | 'disabled'
  | 'deleted'
  | 'too-many'
  | 'theft';

/** Live sessions of one user; the oldest ends when one more begins, so that ending them all stays one quick statement. */
export const MAX_LIVE_SESSIONS = 100;
