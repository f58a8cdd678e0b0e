import type { Clock } from './clock.js';
import { DomainError } from './domain-error.js';

/** 2025-01-01T00:00:00Z, the epoch that the older service used too. */
export const SNOWFLAKE_EPOCH_MS = 1_735_689_600_000;
const WORKER_BITS = 10n;
const SEQUENCE_BITS = 12n;
const MAX_WORKER = 1023;
const MAX_SEQUENCE = 4095;
const MAX_MS = 2 ** 41 - 1;
/** How far ids may run ahead of the wall clock (after it went back, or in a burst) before we refuse to issue more. */
const MAX_DRIFT_MS = 5_000;

/** The least id that could be issued at a time: to look for what happened then by its id. */
export function leastIdAt(time: Date): string {
  const ms = Math.min(Math.max(0, time.getTime() - SNOWFLAKE_EPOCH_MS), MAX_MS);
  return (BigInt(ms) << (WORKER_BITS + SEQUENCE_BITS)).toString();
}

/** Issues ids as decimal strings, because a snowflake does not fit a JavaScript number. */
export interface IdGenerator {
  /** @throws DomainError `ids.unavailable` when uniqueness cannot be promised at the moment */
  next(): string;
}

/**
 * 41 bits of milliseconds since 2025, 10 bits of worker, 12 bits of sequence. Ids of one generator strictly increase,
 * also when the clock goes back: it then keeps counting from the last millisecond it used.
 */
export class Snowflake implements IdGenerator {
  private lastMs = -1;
  private sequence = 0;

  constructor(
    private readonly worker: number,
    private readonly clock: Pick<Clock, 'now'>,
  ) {
    if (!Number.isInteger(worker) || worker < 0 || worker > MAX_WORKER) {
      throw new RangeError(`a snowflake worker is an integer from 0 to ${MAX_WORKER}, not ${worker}`);
    }
  }

  next(): string {
    const now = this.clock.now().getTime() - SNOWFLAKE_EPOCH_MS;
    let ms = Math.max(now, this.lastMs);
    let sequence = ms === this.lastMs ? this.sequence + 1 : 0;
    if (sequence > MAX_SEQUENCE) {
      ms += 1;
      sequence = 0;
    }
    const untilSafeMs = Math.max(ms - MAX_DRIFT_MS, 0) - now;
    if (untilSafeMs > 0) throw clockBehind(untilSafeMs);
    this.lastMs = ms;
    this.sequence = sequence;
    return (
      (BigInt(ms) << (WORKER_BITS + SEQUENCE_BITS)) |
      (BigInt(this.worker) << SEQUENCE_BITS) |
      BigInt(sequence)
    ).toString();
  }

  /** A generator under another worker whose ids are all greater than those of this one, whatever the clock does. */
  under(worker: number): Snowflake {
    const successor = new Snowflake(worker, this.clock);
    successor.lastMs = this.lastMs;
    successor.sequence = MAX_SEQUENCE;
    return successor;
  }
}

function clockBehind(untilSafeMs: number): DomainError {
  return new DomainError({
    code: 'ids.unavailable',
    kind: 'unavailable',
    level: 'error',
    limit: 'ids',
    message: 'The clock is too far back to issue ids safely.',
    retryAfterSeconds: Math.ceil(untilSafeMs / 1000),
  });
}

/** When an id was issued. */
export function snowflakeTime(id: string): Date {
  return new Date(Number(BigInt(id) >> (WORKER_BITS + SEQUENCE_BITS)) + SNOWFLAKE_EPOCH_MS);
}
