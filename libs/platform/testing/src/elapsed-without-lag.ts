const TICK_MS = 10;

/**
 * How long `work` takes to settle, in milliseconds, less what this process itself was late meanwhile: on a busy machine
 * its clock runs on while none of it does, which says nothing of what it waits for. Only upper limits may be held
 * against it.
 */
export async function elapsedWithoutLag(work: Promise<unknown>): Promise<number> {
  const began = performance.now();
  let last = began;
  let lag = 0;
  const tick = () => {
    const now = performance.now();
    lag += Math.max(0, now - last - TICK_MS);
    last = now;
  };
  const timer = setInterval(tick, TICK_MS);
  await Promise.allSettled([work]);
  clearInterval(timer);
  tick();
  return last - began - lag;
}
