import type { RevokedSession } from './messages.js';

/** The clocks of the service, of this process and of whoever issued the token last may differ by this much, each way. */
const SKEW_MS = 2 * 60_000;
/** What is kept is looked through at most this often. */
const PRUNE_MS = 10_000;

/**
 * Ended sessions, each for as long as a token of it could still be good. Of more than `most` the oldest go first: their
 * tokens expire first.
 */
export class RevokedSessions {
  private readonly until = new Map<string, number>();
  private prunedAt = -Infinity;
  dropped = 0;

  constructor(private readonly most: number) {}

  get size(): number {
    return this.until.size;
  }

  /**
   * @param now ms since 1970
   * @returns whether this is news; the feed repeats itself after a connection is lost
   */
  add({ sessionId, endedAt }: RevokedSession, windowSeconds: number, now: number): boolean {
    const until = endedAt.getTime() + windowSeconds * 1000 + SKEW_MS;
    this.prune(now);
    if (until <= now || this.until.has(sessionId)) return false;
    this.until.set(sessionId, until);
    if (this.until.size > this.most) {
      const [oldest = ''] = this.until.keys();
      this.until.delete(oldest);
      this.dropped += 1;
    }
    return true;
  }

  has(sessionId: string, now: number): boolean {
    return (this.until.get(sessionId) ?? -Infinity) > now;
  }

  private prune(now: number): void {
    if (now - this.prunedAt < PRUNE_MS) return;
    this.prunedAt = now;
    for (const [sessionId, until] of this.until) if (until <= now) this.until.delete(sessionId);
  }
}
