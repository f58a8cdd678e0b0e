import { setTimeout as delay } from 'node:timers/promises';

/**
 * Asks again and again until the answer is something, at most `seconds` long.
 * @returns the answer
 * @throws Error `what` did not happen in time
 */
export async function poll<T>(
  what: string,
  seconds: number,
  ask: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (let pause = 10; ; pause = Math.min(pause * 1.5, 200)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`${what} did not happen within ${seconds} s`);
    await delay(pause);
  }
}
