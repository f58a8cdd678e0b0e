import { Injectable } from '@nestjs/common';
import type { Principal } from '@platform/http';
import { SessionStore } from './session/session-store.js';

/** Where is the caller signed in? */
@Injectable()
export class OwnSessions {
  constructor(private readonly sessions: SessionStore) {}

  /** @param page how many, and the id below which to go on */
  async list({ userId, sessionId }: Principal, page: { limit: number; cursor?: string }) {
    const found = await this.sessions.list(userId, page.limit + 1, page.cursor);
    const items = found.slice(0, page.limit).map((session) => ({
      id: session.id,
      device: session.device,
      ip: session.ip,
      createdAt: session.createdAt.toISOString(),
      lastSeenAt: session.lastSeenAt.toISOString(),
      expiresAt: session.expiresAt.toISOString(),
      current: session.id === sessionId,
    }));
    return { items, nextCursor: found.length > page.limit ? (items.at(-1)?.id ?? null) : null };
  }
}
