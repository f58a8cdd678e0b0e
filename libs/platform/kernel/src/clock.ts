/** Where time comes from; injected so that tests move it instead of waiting. */
export interface Clock {
  /** Wall-clock time: what is stored, signed and shown. May jump. */
  now(): Date;
  /** Milliseconds on a clock that never goes back: what deadlines and leases are measured with. */
  monotonic(): number;
}

export const systemClock: Clock = {
  now: () => new Date(),
  monotonic: () => performance.now(),
};
