import { Logger } from '@nestjs/common';
import type { Clock } from '@platform/kernel';
import type { Lane } from '../../application/throttle/lanes.js';
import type { ReserveAnswer, ThrottleStore } from '../../application/throttle/throttle-store.js';
import type { MemoryThrottleStore } from './memory-throttle-store.js';

/** After a failure the shared store is left alone for so long: each try at a Redis that hangs costs a quarter second. */
const PAUSE_MS = 1000;
/** Marks the places that were granted by this process alone. */
const LOCAL = 'local:';

/**
 * Counts in the shared store and, while that fails, in this process: sign-in goes on, still throttled. The shared store
 * is tried again by itself, at most once a second. Locks made here outlast its return, or an outage would end in a
 * second helping of guesses.
 */
export class FallbackThrottleStore implements ThrottleStore {
  private readonly logger = new Logger(FallbackThrottleStore.name);
  private resumeAt = Number.NEGATIVE_INFINITY;
  private failing = false;

  constructor(
    private readonly shared: ThrottleStore,
    private readonly local: MemoryThrottleStore,
    private readonly clock: Pick<Clock, 'monotonic'>,
  ) {}

  async reserve(lane: Lane): Promise<ReserveAnswer> {
    const retryAfterMs = this.local.lockedFor(lane);
    if (retryAfterMs > 0) return { granted: false, locked: true, retryAfterMs };
    const shared = await this.attempt(() => this.shared.reserve(lane));
    if (shared) return shared;
    const local = await this.local.reserve(lane);
    return local.granted ? { granted: true, window: `${LOCAL}${local.window}` } : local;
  }

  async fail(lane: Lane, window: string): Promise<void> {
    const counted = !window.startsWith(LOCAL) && (await this.attempt(() => this.done(this.shared.fail(lane, window))));
    if (!counted) await this.local.fail(lane, unmarked(window));
  }

  async release(lane: Lane, window: string): Promise<void> {
    if (window.startsWith(LOCAL)) return this.local.release(lane, unmarked(window));
    // If this is lost, the attempt stays counted until its window ends: too strict for once rather than too lax.
    await this.attempt(() => this.done(this.shared.release(lane, window)));
  }

  async clear(lane: Lane): Promise<void> {
    await Promise.all([this.attempt(() => this.done(this.shared.clear(lane))), this.local.clear(lane)]);
  }

  /** What the shared store answers, or `undefined` while it fails. */
  private async attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    const now = this.clock.monotonic();
    if (this.failing && now < this.resumeAt) return undefined;
    // While it fails one caller tries; the others need not wait for the answer.
    this.resumeAt = now + PAUSE_MS;
    try {
      const answer = await work();
      if (this.failing) this.logger.log('Sign-in failures are counted in the shared store again.');
      this.failing = false;
      return answer;
    } catch (error) {
      if (!this.failing) this.logger.warn(`Sign-in failures are counted in this process alone: ${reason(error)}`);
      this.failing = true;
      this.resumeAt = this.clock.monotonic() + PAUSE_MS;
      return undefined;
    }
  }

  private async done(work: Promise<void>): Promise<true> {
    await work;
    return true;
  }
}

function unmarked(window: string): string {
  return window.startsWith(LOCAL) ? window.slice(LOCAL.length) : window;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}
