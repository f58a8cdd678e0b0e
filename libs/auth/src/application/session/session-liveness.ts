/** Whether a session still lives, cached for a few seconds; the cache may be away, the answer may not be wrong. */
export abstract class SessionLiveness {
  /** @throws DomainError `database.unavailable` when neither the cache nor PostgreSQL knows */
  abstract isLive(sessionId: string): Promise<boolean>;

  /** Tells every replica at once that these have ended. Best effort: the cache forgets by itself within seconds. */
  abstract markEnded(sessionIds: string[]): Promise<void>;
}
