import { Inject, Injectable } from '@nestjs/common';
import { REDIS, type RedisConnection } from '@platform/redis';
import { SessionLiveness } from '../../application/session/session-liveness.js';
import { SessionStore } from '../../application/session/session-store.js';

/**
 * A token works on for at most 5 s after its session ended. One second less here, for the reader that asked PostgreSQL
 * just before the end and writes its answer just after.
 */
const CACHE_SECONDS = 4;

/** Redis first, PostgreSQL when it does not know or is away. */
@Injectable()
export class CachedLiveness extends SessionLiveness {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly sessions: SessionStore,
  ) {
    super();
  }

  async isLive(sessionId: string): Promise<boolean> {
    const cached = await this.redis.get(key(sessionId)).catch(() => null);
    if (cached !== null) return cached === '1';
    const live = await this.sessions.isLive(sessionId);
    this.remember(sessionId, live).catch(() => undefined);
    return live;
  }

  async markEnded(sessionIds: string[]): Promise<void> {
    await Promise.allSettled(sessionIds.map((sessionId) => this.remember(sessionId, false)));
  }

  private async remember(sessionId: string, live: boolean): Promise<void> {
    await this.redis.set(key(sessionId), live ? '1' : '0', 'EX', CACHE_SECONDS);
  }
}

function key(sessionId: string): string {
  return `auth:cache:session:${sessionId}`;
}
