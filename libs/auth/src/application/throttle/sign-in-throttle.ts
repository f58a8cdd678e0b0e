import { Inject, Injectable } from '@nestjs/common';
import { CLOCK } from '@platform/config';
import { type Clock, DomainError } from '@platform/kernel';
import { isOwnedLane, type Lane } from './lanes.js';
import { RecentLocks } from './recent-locks.js';
import { THROTTLE_STORE, type ThrottleStore } from './throttle-store.js';

/** One attempt's place on each of its lanes; to be settled once, by `succeed`, `fail` or `release`. */
export interface Reservation {
  readonly places: readonly { lane: Lane; window: string }[];
}

/**
 * Guards sign-in against guessing: so many failures on an identifier, a device or an address, then a lock. An attempt is
 * counted before its password is compared, so N guesses in parallel get no more comparisons than N one by one.
 */
@Injectable()
export class SignInThrottle {
  private readonly recent: RecentLocks;

  constructor(
    @Inject(THROTTLE_STORE) private readonly store: ThrottleStore,
    @Inject(CLOCK) clock: Pick<Clock, 'monotonic'>,
  ) {
    this.recent = new RecentLocks(clock);
  }

  /**
   * Counts nothing and asks nobody: `reserve` decides, and what it has found within the last second is known here.
   * @throws DomainError `auth.throttled` when any lane is known to be locked
   */
  check(lanes: readonly Lane[]): void {
    const longest = this.recent.longest(lanes);
    if (longest > 0) throw throttled(longest);
  }

  /**
   * Counts one attempt on every lane, or on none.
   * @throws DomainError `auth.throttled` when a lane is locked, or as many attempts are under way as may still fail
   */
  async reserve(lanes: readonly Lane[]): Promise<Reservation> {
    this.check(lanes); // of a flood that came at once, the first has met the lock meanwhile
    const answers = await Promise.all(
      distinct(lanes).map(async (lane) => ({ lane, answer: await this.store.reserve(lane) })),
    );
    const places = answers.flatMap(({ lane, answer }) => (answer.granted ? [{ lane, window: answer.window }] : []));
    if (places.length === answers.length) return { places };
    await this.release({ places });
    const waits = answers.map(({ lane, answer }) => (answer.granted ? 0 : this.refused(lane, answer)));
    throw throttled(Math.max(...waits));
  }

  /** The password was right: identifier and device start afresh, an address only gets this attempt back. */
  async succeed({ places }: Reservation): Promise<void> {
    await Promise.all(
      places.map(({ lane, window }) => (isOwnedLane(lane) ? this.clear(lane) : this.store.release(lane, window))),
    );
  }

  /** The password was wrong, or there was nobody to compare it with. */
  async fail({ places }: Reservation): Promise<void> {
    await Promise.all(places.map(({ lane, window }) => this.store.fail(lane, window)));
  }

  /** Nothing was compared (the hash was shed, the database is down): the attempt was none. */
  async release({ places }: Reservation): Promise<void> {
    await Promise.all(places.map(({ lane, window }) => this.store.release(lane, window)));
  }

  /** Attempts under way are not remembered: they may be over at once. */
  private refused(lane: Lane, { locked, retryAfterMs }: { locked: boolean; retryAfterMs: number }): number {
    if (locked) this.recent.note(lane, retryAfterMs);
    return retryAfterMs;
  }

  private async clear(lane: Lane): Promise<void> {
    await this.store.clear(lane);
    this.recent.forget(lane);
  }
}

/** The same lane twice would count one attempt twice. */
function distinct(lanes: readonly Lane[]): Lane[] {
  return [...new Set(lanes)];
}

function throttled(retryAfterMs: number): DomainError {
  return new DomainError({
    code: 'auth.throttled',
    kind: 'limited',
    level: 'info',
    limit: 'sign-in',
    message: 'Too many attempts to sign in. Try again later.',
    retryAfterSeconds: Math.max(1, Math.ceil(retryAfterMs / 1000)),
  });
}
