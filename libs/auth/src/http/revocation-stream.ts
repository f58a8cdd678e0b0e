import type { ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { ServicePrincipal } from '@platform/http';
import type { FeedCursor } from '../domain/session/feed-cursor.js';

/** One listener: where its events are written, whose it is, and how far it is. */
export class RevocationStream {
  /**
   * @param response its answer, begun
   * @param caller who it is for
   * @param maxBuffered bytes that may wait for it
   * @param position what it was told so far while it catches up; none once it is told what all are told
   */
  constructor(
    private readonly response: ServerResponse,
    readonly caller: ServicePrincipal,
    private readonly maxBuffered: number,
    public position: FeedCursor | undefined,
  ) {
    response.on('error', () => undefined); // `close` comes after it
  }

  get isOpen(): boolean {
    return !this.response.destroyed && !this.response.writableEnded;
  }

  onClose(work: () => void): void {
    this.response.once('close', work);
  }

  /** @returns false when it was cut off, since it does not read: it comes back with its last id, and memory is ours */
  send(events: Buffer | string): boolean {
    if (!this.isOpen) return true;
    this.response.write(events);
    if (this.response.writableLength <= this.maxBuffered) return true;
    this.response.destroy();
    return false;
  }

  /** Settles once everything that was sent is on its way, or it is closed. */
  async drained(): Promise<void> {
    if (!this.isOpen || !this.response.writableNeedDrain) return;
    const settled = new AbortController();
    const waits = ['drain', 'close'].map((event) => once(this.response, event, { signal: settled.signal }));
    await Promise.race(waits).catch(() => undefined);
    settled.abort();
    await Promise.allSettled(waits);
  }

  /** Ends it; what waits for a client that does not read is dropped. */
  end(): void {
    if (!this.isOpen) return;
    this.response.end();
    if (this.response.writableLength > 0) this.response.destroy();
  }
}
