/** Until everything in flight has its place in the pipeline; not counted. */
export const RAMP_MS = 250;

/**
 * Keeps `inFlight` works going and counts what completes.
 * @param work told which of the `inFlight` lanes it runs in
 * @returns completions a second
 */
export async function countPerSecond(
  inFlight: number,
  seconds: number,
  work: (lane: number) => Promise<unknown>,
): Promise<number> {
  const from = performance.now() + RAMP_MS;
  const until = from + seconds * 1000;
  let count = 0;
  const run = async (lane: number) => {
    for (let now = 0; now < until;) {
      await work(lane);
      now = performance.now();
      if (now >= from && now < until) count += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_none, lane) => run(lane)));
  return count / seconds;
}
