import { readFile, readdir } from 'node:fs/promises';
import { constants, setPriority } from 'node:os';

const TASKS = '/proc/self/task';
/** What libuv calls the threads of its pool, where hashes are made. */
const POOL_THREAD = 'libuv-worker';
/** A ninth of the weight of a thread that answers requests; still far from starving. */
const NICENESS = constants.priority.PRIORITY_BELOW_NORMAL;

/**
 * Has hashes run on what of the processors nothing else wants: when more passwords come than can be hashed, the one
 * thread that answers all requests need not queue for a processor behind them. ADR 37 has the figures.
 * @returns how many threads have given way: 0 where the kernel is not Linux or does not allow it
 */
export async function yieldToRequests(): Promise<number> {
  // Reading a file has made the pool, whose threads start together.
  const threads = await readdir(TASKS).catch(() => []);
  const yielded = await Promise.all(threads.map((thread) => lower(thread).catch(() => false)));
  return yielded.filter(Boolean).length;
}

/** @returns whether it is one of the pool's @throws Error when it has ended, or when its priority may not be changed */
async function lower(thread: string): Promise<boolean> {
  const name = await readFile(`${TASKS}/${thread}/comm`, 'utf8');
  if (name.trim() !== POOL_THREAD) return false;
  setPriority(Number(thread), NICENESS);
  return true;
}
