import { Injectable } from '@nestjs/common';
import { type Principal, toPage } from '@platform/http';
import { SessionStore } from './session/session-store.js';

/** How many, and the id below which to go on. */
export interface SessionPage {
  limit: number;
  cursor?: string;
}

/** Where is the caller signed in? */
@Injectable()
export class OwnSessions {
  constructor(private readonly sessions: SessionStore) {}

  async list({ userId, sessionId }: Principal, page: SessionPage) {
    const { items, nextCursor } = await listSessions(this.sessions, userId, page);
    return { items: items.map((session) => ({ ...session, current: session.id === sessionId })), nextCursor };
  }
}

/** A page of somebody's live sessions, as it is answered. */
export async function listSessions(sessions: SessionStore, userId: string, { limit, cursor }: SessionPage) {
  return toPage(await sessions.list(userId, limit + 1, cursor), limit);
}
