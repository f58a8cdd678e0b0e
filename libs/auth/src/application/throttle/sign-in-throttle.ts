import { Inject, Injectable } from '@nestjs/common';
import { DomainError } from '@platform/kernel';
import { isOwnedLane, type Lane } from './lanes.js';
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
  constructor(@Inject(THROTTLE_STORE) private readonly store: ThrottleStore) {}

  /** @throws DomainError `auth.throttled` when any lane is locked; counts nothing */
  async check(lanes: readonly Lane[]): Promise<void> {
    const locks = await Promise.all(distinct(lanes).map((lane) => this.store.lockedFor(lane)));
    const longest = Math.max(0, ...locks);
    if (longest > 0) throw throttled(longest);
  }

  /**
   * Counts one attempt on every lane, or on none.
   * @throws DomainError `auth.throttled` when a lane is locked, or as many attempts are under way as may still fail
   */
  async reserve(lanes: readonly Lane[]): Promise<Reservation> {
    const answers = await Promise.all(
      distinct(lanes).map(async (lane) => ({ lane, answer: await this.store.reserve(lane) })),
    );
    const places = answers.flatMap(({ lane, answer }) => (answer.granted ? [{ lane, window: answer.window }] : []));
    const waits = answers.flatMap(({ answer }) => (answer.granted ? [] : [answer.retryAfterMs]));
    if (waits.length === 0) return { places };
    await this.release({ places });
    throw throttled(Math.max(...waits));
  }

  /** The password was right: identifier and device start afresh, an address only gets this attempt back. */
  async succeed({ places }: Reservation): Promise<void> {
    await Promise.all(
      places.map(({ lane, window }) => (isOwnedLane(lane) ? this.store.clear(lane) : this.store.release(lane, window))),
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
