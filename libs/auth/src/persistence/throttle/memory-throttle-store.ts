import { LRUCache } from 'lru-cache';
import { randomUUID } from 'node:crypto';
import type { Clock } from '@platform/kernel';
import type { Lane } from '../../application/throttle/lanes.js';
import type { LimitsOfLane, ReserveAnswer, ThrottleStore } from '../../application/throttle/throttle-store.js';

interface Count {
  attempts: number;
  failures: number;
  window: string;
  /** On the monotonic clock. */
  expiresAt: number;
}

/** About 10 MiB. Past it the lane used least lately is forgotten: memory must not be what an attacker fills. */
const MAX_LANES = 20_000;

/** Counts in this process alone, by the rules of the Redis scripts; serves while Redis is away. */
export class MemoryThrottleStore implements ThrottleStore {
  private readonly counts = new LRUCache<Lane, Count>({ max: MAX_LANES });

  constructor(
    private readonly limits: LimitsOfLane,
    private readonly clock: Pick<Clock, 'monotonic'>,
  ) {}

  // The methods do not await: each is one turn of the event loop, and so as atomic as a script.

  /** Milliseconds until the lane's lock ends; 0 when it is not locked. */
  lockedFor(lane: Lane): number {
    const count = this.find(lane);
    return count && count.failures >= this.limits(lane).maxFailures ? this.left(count) : 0;
  }

  async reserve(lane: Lane): Promise<ReserveAnswer> {
    const count = this.find(lane) ?? this.open(lane);
    const { maxFailures } = this.limits(lane);
    if (count.failures >= maxFailures) return { granted: false, locked: true, retryAfterMs: this.left(count) };
    if (count.attempts >= maxFailures) return { granted: false, locked: false, retryAfterMs: 1000 };
    count.attempts += 1;
    return { granted: true, window: count.window };
  }

  async fail(lane: Lane, window: string): Promise<void> {
    const count = this.find(lane) ?? this.open(lane);
    if (count.window !== window) count.attempts += 1;
    count.failures += 1;
    const { maxFailures, lockMs } = this.limits(lane);
    if (count.failures === maxFailures) count.expiresAt = this.clock.monotonic() + lockMs;
  }

  async release(lane: Lane, window: string): Promise<void> {
    const count = this.find(lane);
    if (count?.window !== window) return;
    count.attempts -= 1;
    if (count.attempts <= 0) this.counts.delete(lane);
  }

  async clear(lane: Lane): Promise<void> {
    this.counts.delete(lane);
  }

  private find(lane: Lane): Count | undefined {
    const count = this.counts.get(lane);
    if (!count || count.expiresAt > this.clock.monotonic()) return count;
    this.counts.delete(lane);
    return undefined;
  }

  private open(lane: Lane): Count {
    const count = {
      attempts: 0,
      failures: 0,
      window: randomUUID(),
      expiresAt: this.clock.monotonic() + this.limits(lane).windowMs,
    };
    this.counts.set(lane, count);
    return count;
  }

  private left(count: Count): number {
    return Math.max(1, count.expiresAt - this.clock.monotonic());
  }
}
