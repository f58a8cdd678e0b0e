import type { Place, Seen } from '../../domain/session/feed-cursor.js';

/** A session that has ended, as sister services are told. */
export interface SessionEnd {
  sessionId: string;
  userId: string;
  /** Why: an `EndReason`, or what somebody wrote by hand. */
  reason: string;
  /** RFC 3339 in UTC, by the database's clock. */
  endedAt: string;
}

/** An end with its place among all, and how long ago it was when it was read, in seconds. */
export interface PlacedEnd extends SessionEnd {
  endedIn: string;
  age: number;
}

/** How far PostgreSQL is: its own number, and which transactions have ended. */
export interface Progress {
  server: string;
  seen: Seen;
}

/** Ends of sessions in the order of their transactions. May throw DomainError `database.unavailable`. */
export abstract class SessionEnds {
  /** The ends that `seen` did not see, behind `after`, at most `limit`; and how far PostgreSQL was by then. */
  abstract page(seen: Seen, after: Place, limit: number): Promise<Progress & { items: PlacedEnd[] }>;

  /** What was seen when the oldest end of the last so many seconds was not. */
  abstract asOf(secondsAgo: number): Promise<Progress>;

  /**
   * Has `wake` called whenever there may be more to read; to be called once.
   * @returns whether it is, at the moment, so that nobody needs to look by himself
   */
  abstract listen(wake: () => void): () => boolean;

  abstract stopListening(): Promise<void>;
}
