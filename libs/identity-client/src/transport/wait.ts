import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits for a promise as long as the caller wants to. What is waited for goes on: others may share it.
 * @throws the signal's reason, as soon as it is aborted
 */
export async function waitFor<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await promise;
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Waits, but keeps no process alive. @returns whether the time is over; false when the signal was aborted */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return await delay(milliseconds, true, { signal, ref: false }).catch(() => false);
}

/** A random wait up to a bound that doubles with each failure: many sisters must not come back at the same moment. */
export function backoff(failures: number, bounds: { first: number; most: number }, random: () => number): number {
  const most = Math.min(bounds.most, bounds.first * 2 ** Math.min(failures - 1, 20));
  return most * (0.5 + random() / 2);
}
