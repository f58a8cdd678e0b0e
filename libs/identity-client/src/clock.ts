/** Where time comes from; tests hand in another one. */
export interface Clock {
  /** Wall-clock time: what tokens are held against. */
  now(): Date;
  /** Milliseconds that never go back: what waiting is measured with. */
  monotonic(): number;
}

export const systemClock: Clock = { now: () => new Date(), monotonic: () => performance.now() };
