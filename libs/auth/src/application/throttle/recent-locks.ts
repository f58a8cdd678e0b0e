import { LRUCache } from 'lru-cache';
import type { Clock } from '@platform/kernel';
import type { Lane } from './lanes.js';

/** How long a lock is believed without asking again: whoever lifts it in another process waits no longer than this. */
const BELIEVED_MS = 1000;
/** About 2 MiB. Past it the lane met least lately is forgotten, and met again in the hash slot. */
const MAX_LANES = 10_000;

/**
 * The locks that this process has met within the last second. A flood on a locked lane is turned away by these, so that
 * it costs neither store, database nor a place in the line for a hash, while whoever is welcome has one question less.
 */
export class RecentLocks {
  /** Times on the monotonic clock. */
  private readonly locks = new LRUCache<Lane, { endsAt: number; believedUntil: number }>({ max: MAX_LANES });

  constructor(private readonly clock: Pick<Clock, 'monotonic'>) {}

  /** @param lockedForMs as the store has just said */
  note(lane: Lane, lockedForMs: number): void {
    const now = this.clock.monotonic();
    this.locks.set(lane, { endsAt: now + lockedForMs, believedUntil: now + BELIEVED_MS });
  }

  forget(lane: Lane): void {
    this.locks.delete(lane);
  }

  /** Milliseconds until the last of the lanes' locks ends; 0 when none is known to be locked. */
  longest(lanes: readonly Lane[]): number {
    return Math.max(0, ...lanes.map((lane) => this.left(lane)));
  }

  private left(lane: Lane): number {
    const lock = this.locks.get(lane);
    if (!lock) return 0;
    const now = this.clock.monotonic();
    return now < lock.believedUntil ? lock.endsAt - now : 0;
  }
}
