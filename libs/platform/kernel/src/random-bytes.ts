const POOL_BYTES = 4096;
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/**
 * Unpredictable bytes from the operating system's generator. A request wants a few small handfuls, and a system call for
 * each costs more than the bytes do: they are drawn 4 KiB at a time, handed out once, and wiped here as they are.
 * @param count at most 4096
 * @throws RangeError for more
 */
export function randomBytes(count: number): Buffer {
  if (count > POOL_BYTES) throw new RangeError(`no more than ${POOL_BYTES} bytes at once`);
  if (used + count > POOL_BYTES) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  const bytes = Buffer.from(pool.subarray(used, used + count));
  pool.fill(0, used, used + count);
  used += count;
  return bytes;
}
