import type { JobsOptions } from 'bullmq';

/** Injection token of the RetryPolicy. */
export const RETRY_POLICY = Symbol('retry-policy');

/** How often a message is tried, and when; tests hand in one that is faster. */
export interface RetryPolicy {
  attempts: number;
  /** The first wait; each is twice as long as the one before, up to the longest. */
  firstDelayMs: number;
}

/** Name of the strategy in a job's options; the worker knows how it counts. */
const STRATEGY = 'doubling';
const LONGEST = { withExpiry: 32, without: 600 };
const JITTER = 0.2;

/**
 * 1, 2, 4 … 32 s, then every 32 s: 40 attempts last 18 minutes, longer than any code lives, and a server that comes back
 * is noticed within half a minute. What does not expire waits up to 10 minutes in between, 5 hours in all.
 */
export const DEFAULT_RETRY_POLICY: RetryPolicy = { attempts: 40, firstDelayMs: 1000 };

/**
 * Failed jobs are for the operator to look at: a week, and no more than would fill Redis during an outage. `age` in
 * seconds; BullMQ looks at it when a job fails, and ForgetFailed while none does.
 */
export const KEPT_FAILED = { age: 7 * 86_400, count: 1000 };

export function jobOptions({ attempts, firstDelayMs }: RetryPolicy): JobsOptions {
  return {
    attempts,
    backoff: { type: STRATEGY, delay: firstDelayMs },
    removeOnComplete: true,
    removeOnFail: KEPT_FAILED,
    stackTraceLimit: 0,
  };
}

/** What BullMQ asks after a failed attempt. @returns milliseconds to wait */
export function backoffStrategy(
  attemptsMade: number,
  _type?: string,
  _error?: Error,
  job?: { data?: unknown; opts: { backoff?: unknown } },
): number {
  const first = (job?.opts.backoff as { delay?: number } | undefined)?.delay ?? DEFAULT_RETRY_POLICY.firstDelayMs;
  const expires = (job?.data as { expiresAt?: string } | undefined)?.expiresAt !== undefined;
  const longest = expires ? LONGEST.withExpiry : LONGEST.without;
  const delay = first * Math.min(2 ** (attemptsMade - 1), longest);
  // Spread, so that what failed together does not come back together.
  return Math.round(delay * (1 - JITTER + 2 * JITTER * Math.random()));
}
