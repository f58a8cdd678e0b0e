import type { ServiceAccountOptions } from '../transport/account.js';

export interface RevocationOptions extends ServiceAccountOptions {
  /** How often the service says that it is there. By default 15,000; after 2.5 times that the connection counts as dead. */
  heartbeatMs?: number;
  /** How long a connection, or a page of what was missed, may take to answer. By default 5000. */
  timeoutMs?: number;
  /** How many ended sessions are kept at most, the newest ones. By default 100,000, about 15 MB. */
  maxSessions?: number;
}

/** `live`: ended sessions are heard of at once. `away`: not for now; tokens are still verified by all else. */
export type FeedStatus = 'idle' | 'connecting' | 'live' | 'away' | 'closed';

export interface FeedState {
  status: FeedStatus;
  /** How many ended sessions are held. */
  sessions: number;
  /** How many were dropped for want of room. */
  dropped: number;
}

/** The feed came or went. */
export interface FeedEvent {
  status: FeedStatus;
  error?: unknown;
}

/** `unauthorized`: name, secret or scope; `malformed`: an event that is not ours; `overflow`: see `maxSessions`. */
export interface FeedProblem {
  problem: 'unauthorized' | 'malformed' | 'overflow';
  error?: unknown;
}
