import type { SessionEnd } from '../application/session/session-ends.js';
import { type FeedCursor, formatCursor } from '../domain/session/feed-cursor.js';

/** How long a client waits before it connects again, in milliseconds. */
export const RETRY = 'retry: 1000\n\n';

/**
 * Ends as server-sent events, which are known all together: who is cut off among them is told all of them once more.
 * @param to the cursor of the last one
 * @param from that of those before it
 */
export function endsAsEvents(items: readonly SessionEnd[], from: FeedCursor, to: FeedCursor): string {
  const [before, after] = [formatCursor(from), formatCursor(to)];
  return items
    .map(({ sessionId, userId, reason, endedAt }, at) => {
      const data = JSON.stringify({ sessionId, userId, reason, endedAt });
      return `event: session-ended\nid: ${at === items.length - 1 ? after : before}\ndata: ${data}\n\n`;
    })
    .join('');
}

export function heartbeat(position: FeedCursor): string {
  return `event: heartbeat\nid: ${formatCursor(position)}\ndata: {}\n\n`;
}
