import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, SETTINGS, type Settings } from '@platform/config';
import type { Clock } from '@platform/kernel';
import { type FeedCursor, isBehind, type Place } from '../../domain/session/feed-cursor.js';
import { type PlacedEnd, type Progress, SessionEnds } from './session-ends.js';

/** How far clocks may be apart (RFC 9068 lets verifiers allow it), and as much again between an end and its reading. */
const SKEW_SECONDS = 60;
const MARGIN_SECONDS = 60;

export interface PageOfEnds {
  items: PlacedEnd[];
  from: FeedCursor;
  next: FeedCursor;
}

/** Tells which sessions have ended, a page at a time, and misses none, in whatever order transactions commit. */
@Injectable()
export class ListSessionEnds {
  /** An end that is longer ago matters to nobody: every access token of the session has run out. */
  readonly windowSeconds: number;

  constructor(
    private readonly ends: SessionEnds,
    @Inject(SETTINGS) { jwt }: Settings,
    @Inject(CLOCK) private readonly clock: Pick<Clock, 'now'>,
  ) {
    this.windowSeconds = jwt.ttlSeconds + SKEW_SECONDS + MARGIN_SECONDS;
  }

  /**
   * What is not known yet, oldest transaction first; fewer than `limit` are all there is. Without a cursor, or with one
   * that is old or of a database that was replaced, everything of the last `windowSeconds`.
   * @returns `from` is what was known before `items`, the cursor or one of the window, and `next` what is known after them
   * @throws DomainError `database.unavailable`
   */
  async execute(cursor: FeedCursor | undefined, limit: number): Promise<PageOfEnds> {
    const items: PlacedEnd[] = [];
    let from = cursor && this.isFresh(cursor) ? cursor : await this.window();
    let next = from;
    for (;;) {
      const { run, seen } = next;
      const page = await this.ends.page(seen, run?.after ?? before(seen.xmin), limit - items.length);
      if (!isOf(next, page)) {
        from = next = await this.window();
        continue;
      }
      items.push(...page.items);
      const made = { server: page.server, madeAt: this.seconds() };
      const upTo = run?.upTo ?? page.seen;
      const last = page.items.at(-1);
      if (last && items.length === limit) return { from, items, next: { ...made, seen, run: { upTo, after: last } } };
      next = { ...made, seen: upTo };
      // What was committed behind the place where a run had got to is only found by the next one.
      if (!run) return { from, items, next };
    }
  }

  /** What is known to who begins now and wants to hear of nothing before. */
  async now(): Promise<FeedCursor> {
    return this.at(await this.ends.asOf(0));
  }

  private async window(): Promise<FeedCursor> {
    return this.at(await this.ends.asOf(this.windowSeconds));
  }

  private at({ server, seen }: Progress): FeedCursor {
    return { server, madeAt: this.seconds(), seen };
  }

  private isFresh({ madeAt }: FeedCursor): boolean {
    return madeAt > this.seconds() - this.windowSeconds;
  }

  private seconds(): number {
    return Math.floor(this.clock.now().getTime() / 1000);
  }
}

/** The place before all ends of a transaction. */
function before(transaction: string): Place {
  return { endedIn: transaction, sessionId: '0' };
}

/** Whether a cursor is of this server, and not ahead of it as one from before a restored backup is. */
function isOf({ server, seen, run }: FeedCursor, now: Progress): boolean {
  return server === now.server && isBehind(run?.upTo ?? seen, now.seen) && isBehind(seen, now.seen);
}
