import { LRUCache } from 'lru-cache';
import type { Clock } from '@platform/kernel';

const MAX_KEPT = 100;

/** Spaces the sends of each provider evenly; of this process, so that the cap is per worker. */
export class RateGate {
  private readonly nextAt = new LRUCache<string, number>({ max: MAX_KEPT });

  constructor(
    private readonly clock: Pick<Clock, 'monotonic'>,
    private readonly maxWaitMs: number,
  ) {}

  /** Takes the next place. @returns how long to wait for it in ms; nothing, and no place, when that is too long */
  reserve(provider: string, perSecond: number): number | undefined {
    const now = this.clock.monotonic();
    const at = Math.max(now, this.nextAt.get(provider) ?? now);
    if (at - now > this.maxWaitMs) return undefined;
    this.nextAt.set(provider, at + 1000 / perSecond);
    return at - now;
  }
}
