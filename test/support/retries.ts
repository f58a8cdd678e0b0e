import { poll } from '@platform/testing';

/** Calls again while the answer is 503: on a busy machine the service may wait in vain for a connection, a row or Redis. */
export function untilAvailable<T extends { status: number }>(call: () => Promise<T>): Promise<T> {
  return poll('an answer other than 503', 15, async () => {
    const answer = await call();
    return answer.status === 503 ? undefined : answer;
  });
}

/**
 * Measures up to three times, until what was measured is good: what is slow by itself is slow each time, a machine that
 * does other things is not.
 * @returns what was measured last
 */
export async function upToThree<T>(measure: () => Promise<T>, isGood: (measured: T) => boolean): Promise<T> {
  let measured = await measure();
  for (let times = 1; times < 3 && !isGood(measured); times += 1) measured = await measure();
  return measured;
}
