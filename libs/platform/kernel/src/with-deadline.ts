/**
 * Settles as `work` does, or rejects with `onTimeout()` once `ms` milliseconds have passed. The work itself is not
 * cancelled: whoever calls this must release what the work holds.
 */
export async function withDeadline<T>(work: Promise<T>, ms: number, onTimeout: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    // A process that was busy for so long finds timer and answer at once, and timers come first: answers are read before.
    timer = setTimeout(() => setImmediate(() => reject(onTimeout())), ms);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
