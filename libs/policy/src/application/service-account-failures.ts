import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { CLOCK } from '@platform/config';
import { type Clock, networkOf } from '@platform/kernel';

const MAX_FAILURES = 20;
const WINDOW_MS = 60_000;
/** About 2 MiB. Past it the network that failed least lately is forgotten: memory must not be what an attacker fills. */
const MAX_NETWORKS = 10_000;

/**
 * Counts wrong names and secrets by where they come from, in this process. It only decides how the next failure is
 * answered: who knows the secret is never refused, so that nobody can lock a sister out, and a secret of 256 bits needs
 * no more protection from guesses than its length. What is bounded is the noise.
 */
@Injectable()
export class ServiceAccountFailures {
  private readonly counts = new LRUCache<string, { failures: number; endsAt: number }>({ max: MAX_NETWORKS });

  constructor(@Inject(CLOCK) private readonly clock: Pick<Clock, 'monotonic'>) {}

  /**
   * One more failure.
   * @returns milliseconds until failures are counted anew, once there are too many; else 0
   */
  note(address = 'unknown'): number {
    const network = networkOf(address);
    const now = this.clock.monotonic();
    const known = this.counts.get(network);
    const count = known && now < known.endsAt ? known : { failures: 0, endsAt: now + WINDOW_MS };
    count.failures += 1;
    this.counts.set(network, count);
    return count.failures > MAX_FAILURES ? count.endsAt - now : 0;
  }
}
