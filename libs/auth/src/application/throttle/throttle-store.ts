import type { Lane } from './lanes.js';

/** Injection token of the ThrottleStore that SignInThrottle works on. */
export const THROTTLE_STORE = Symbol('throttle-store');

/**
 * One attempt's place on a lane, or the refusal of it. `window` names the count that the attempt is part of: when that
 * has expired meanwhile, a place that is given back must not lower its successor.
 */
export type ReserveAnswer =
  | { granted: true; window: string }
  /** Not locked, but with as many attempts under way as may still fail: how those end changes it. */
  | { granted: false; locked: boolean; retryAfterMs: number };

/** How many failures lock a lane; how long they are counted and how long the lock lasts, in milliseconds. */
interface ThrottleLimits {
  maxFailures: number;
  /** From a lane's first attempt on; the lock starts with the failure that reaches the maximum. */
  windowMs: number;
  lockMs: number;
}

/** The limits of a lane, as they are now: they may be tightened between two calls. */
export type LimitsOfLane = (lane: Lane) => ThrottleLimits;

/**
 * Counts attempts on a lane. Each call decides about its one lane atomically, also between processes, and rejects with
 * whatever the client rejects with when it cannot.
 */
export interface ThrottleStore {
  /** Counts an attempt, unless failures and attempts under way have reached the maximum. */
  reserve(lane: Lane): Promise<ReserveAnswer>;
  /** The attempt failed: its count stays, and at the maximum the lane is locked. */
  fail(lane: Lane, window: string): Promise<void>;
  /** The attempt does not count after all. */
  release(lane: Lane, window: string): Promise<void>;
  /** Forgets all that was counted on the lane, its lock too. */
  clear(lane: Lane): Promise<void>;
}
