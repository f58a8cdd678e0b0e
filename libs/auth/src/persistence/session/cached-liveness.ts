import { Inject, Injectable } from '@nestjs/common';
import { CLOCK } from '@platform/config';
import type { Clock } from '@platform/kernel';
import { REDIS, type RedisConnection } from '@platform/redis';
import { SessionLiveness } from '../../application/session/session-liveness.js';
import { SessionStore } from '../../application/session/session-store.js';

/**
 * A token works on for at most 5 s after its session ended. One second less here, for the reader that asked PostgreSQL
 * just before the end and writes its answer just after.
 */
const CACHE_MS = 4000;

/**
 * Redis first, PostgreSQL when it does not know or is away. An answer is kept until a time and not for one: a Redis that
 * froze carries out what was given up long ago, and a session that ended meanwhile would live again.
 */
@Injectable()
export class CachedLiveness extends SessionLiveness {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    @Inject(SessionStore) private readonly sessions: Pick<SessionStore, 'isLive'>,
    @Inject(CLOCK) private readonly clock: Pick<Clock, 'now'>,
  ) {
    super();
  }

  async isLive(sessionId: string): Promise<boolean> {
    const cached = await this.redis.get(key(sessionId)).catch(() => null);
    if (cached !== null) return cached === '1';
    const asked = this.clock.now();
    const live = await this.sessions.isLive(sessionId);
    this.remember(sessionId, live, asked).catch(() => undefined);
    return live;
  }

  async markEnded(sessionIds: string[]): Promise<void> {
    await Promise.allSettled(sessionIds.map((sessionId) => this.remember(sessionId, false, this.clock.now())));
  }

  private async remember(sessionId: string, live: boolean, since: Date): Promise<void> {
    await this.redis.set(key(sessionId), live ? '1' : '0', 'PXAT', since.getTime() + CACHE_MS);
  }
}

function key(sessionId: string): string {
  return `auth:cache:session:${sessionId}`;
}
