import { setTimeout } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { histogram } from '@platform/telemetry';
import type { FeedCursor } from '../../domain/session/feed-cursor.js';
import { ListSessionEnds } from './list-session-ends.js';
import { type SessionEnd, SessionEnds } from './session-ends.js';

/** Ends that were read at once, and what is known before and after them. */
export interface EndsRead {
  items: SessionEnd[];
  from: FeedCursor;
  to: FeedCursor;
}

/** Small, so that one end among very many (a key that was revoked) does not flood those who are told. */
const PAGE = 200;
/** Between two full pages: 10,000 ends a second. */
const BREATH_MS = 20;
/** How often is looked while nobody tells of ends, and while somebody does: no cursor is to grow old. */
const POLL_MS = 500;
const LOOK_MS = 5000;
/** After a restart of PostgreSQL the whole window is read again; of so many it is known that they were told. */
const REMEMBERED = 50_000;

/** The one reader of a process: follows the ends of sessions from the first call on, and tells of each once. */
@Injectable()
export class WatchSessionEnds {
  private readonly logger = new Logger(WatchSessionEnds.name);
  private readonly stopping = new AbortController();
  private readonly told = new LRUCache<string, true>({ max: REMEMBERED });
  private readonly delays = histogram(
    'identity_revocation_delay_seconds',
    'From the end of a session until streams were told of it.',
  );
  private known?: FeedCursor;
  private running?: Promise<void>;
  private wake = new AbortController();

  constructor(
    private readonly ends: SessionEnds,
    private readonly list: ListSessionEnds,
  ) {}

  /** What everybody was told of who was there; nothing before `start`. */
  get position(): FeedCursor | undefined {
    return this.known;
  }

  /**
   * Begins, unless it has begun. What ends from now on is told to `tell`, which is waited for.
   * @throws DomainError `database.unavailable`; then it has not begun
   */
  async start(tell: (read: EndsRead) => Promise<void>): Promise<void> {
    if (this.known) return;
    const now = await this.list.now();
    if (this.stopping.signal.aborted) return;
    this.known ??= now;
    this.running ??= this.run(tell);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake.abort();
    await this.ends.stopListening();
    await this.running;
  }

  private async run(tell: (read: EndsRead) => Promise<void>): Promise<void> {
    const isHearing = this.ends.listen(() => this.wake.abort());
    for (let failures = 0; !this.stopping.signal.aborted;) {
      this.wake = new AbortController(); // before it looks: what comes meanwhile is looked at again
      try {
        await this.readAll(tell);
        failures = 0;
      } catch (error) {
        failures += 1;
        if (failures === 1) this.logger.warn(`ends of sessions cannot be read: ${(error as Error).message}`);
      }
      await this.pause(isHearing() && failures === 0 ? LOOK_MS : POLL_MS, failures === 0);
    }
  }

  private async readAll(tell: (read: EndsRead) => Promise<void>): Promise<void> {
    for (let isFull = true; isFull && this.known && !this.stopping.signal.aborted;) {
      const from = this.known;
      const { items, next: to } = await this.list.execute(from, PAGE);
      const news = items.filter(({ sessionId }) => !this.told.has(sessionId));
      if (news.length > 0) await tell({ items: news, from, to });
      for (const { sessionId, age } of news) {
        this.told.set(sessionId, true);
        this.delays.observe(age);
      }
      this.known = to; // not before: who is told a position must have been told what is before it
      isFull = items.length === PAGE;
      if (isFull) await this.pause(BREATH_MS, false);
    }
  }

  private async pause(milliseconds: number, isWoken: boolean): Promise<void> {
    const { signal } = isWoken ? this.wake : this.stopping;
    await setTimeout(milliseconds, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
