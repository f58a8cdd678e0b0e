import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HashQueue } from './hash-queue.js';

/** A work that ends when told to. */
function job() {
  const gate = Promise.withResolvers<string>();
  const work = vi.fn(() => gate.promise);
  return { work, end: () => gate.resolve('done'), break: (error: Error) => gate.reject(error) };
}

const BUSY = { code: 'auth.busy', kind: 'unavailable', limit: 'password-hash' };
const clock = { monotonic: () => performance.now() };
const settle = () => vi.advanceTimersByTimeAsync(0);

describe('the hash queue', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('runs no more than its concurrency, and the rest first come, first served', async () => {
    const queue = new HashQueue({ concurrency: 2, deadlineMs: 1000, clock });
    const jobs = Array.from({ length: 6 }, job);
    const order: number[] = [];
    const results = jobs.map((each, index) => queue.run(() => (order.push(index), each.work())));
    await settle();
    expect([order, queue.length]).toEqual([[0, 1], 4]);
    jobs[1]?.end();
    await settle();
    expect([order, queue.length]).toEqual([[0, 1, 2], 3]);
    jobs.forEach((each) => each.end());
    expect(await Promise.all(results)).toEqual(Array(6).fill('done'));
    expect([order, queue.length]).toEqual([[0, 1, 2, 3, 4, 5], 0]);
  });

  it('lets nobody overtake who comes as a slot changes hands', async () => {
    const queue = new HashQueue({ concurrency: 1, deadlineMs: 1000, clock });
    const [first, second, third] = [job(), job(), job()];
    const done = queue.run(first.work).then(() => queue.run(third.work));
    const waiting = queue.run(second.work);
    first.end();
    await settle();
    expect([second.work.mock.calls.length, third.work.mock.calls.length]).toEqual([1, 0]);
    second.end();
    third.end();
    await Promise.all([done, waiting]);
  });

  it('refuses at once what could not start before the deadline', async () => {
    const queue = new HashQueue({ concurrency: 2, deadlineMs: 100, clock });
    const jobs = Array.from({ length: 10 }, job);
    // 25 ms are guessed for each: 2 run, and 8 wait 12.5 ms longer each than the one before.
    const results = jobs.map((each) => queue.run(each.work));
    await expect(queue.run(job().work)).rejects.toMatchObject({ ...BUSY, retryAfterSeconds: 1 });
    expect(queue.length).toBe(8);
    jobs.forEach((each) => each.end());
    await Promise.all(results);
  });

  it('learns how long a work takes', async () => {
    const queue = new HashQueue({ concurrency: 1, deadlineMs: 1000, clock });
    const run = (ms: number) => queue.run(() => new Promise<void>((done) => void setTimeout(done, ms)));
    for (let round = 0; round < 20; round += 1) {
      const slow = run(3000);
      await vi.advanceTimersByTimeAsync(3000);
      await slow;
    }
    const running = run(3000);
    await expect(run(1)).rejects.toMatchObject({ ...BUSY, retryAfterSeconds: 3 });
    await vi.advanceTimersByTimeAsync(3000);
    await running;
  });

  it('learns nothing from works that were refused, however quick that was', async () => {
    const queue = new HashQueue({ concurrency: 1, deadlineMs: 100, clock });
    for (let round = 0; round < 50; round += 1)
      await queue.run(() => Promise.reject(new Error('refused'))).catch(() => undefined);
    const jobs = Array.from({ length: 5 }, job);
    const results = jobs.map((each) => queue.run(each.work));
    await expect(queue.run(job().work)).rejects.toMatchObject(BUSY);
    jobs.forEach((each) => each.end());
    await Promise.all(results);
  });

  it('refuses at the deadline who still waits, and runs it no more', async () => {
    const queue = new HashQueue({ concurrency: 1, deadlineMs: 1000, clock });
    const [stuck, early, late] = [job(), job(), job()];
    const running = queue.run(stuck.work);
    const refusedEarly = expect(queue.run(early.work)).rejects.toMatchObject(BUSY);
    await vi.advanceTimersByTimeAsync(600);
    const refusedLate = expect(queue.run(late.work)).rejects.toMatchObject(BUSY);
    await vi.advanceTimersByTimeAsync(399);
    expect(queue.length).toBe(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(queue.length).toBe(1);
    await refusedEarly;
    await vi.advanceTimersByTimeAsync(600);
    expect(queue.length).toBe(0);
    await refusedLate;
    stuck.end();
    await running;
    expect([early.work.mock.calls.length, late.work.mock.calls.length]).toEqual([0, 0]);
  });

  it('refuses who is past the deadline even when the timer comes late', async () => {
    let now = 0;
    const queue = new HashQueue({ concurrency: 1, deadlineMs: 1000, clock: { monotonic: () => now } });
    const [first, second] = [job(), job()];
    const running = queue.run(first.work);
    const waiting = expect(queue.run(second.work)).rejects.toMatchObject(BUSY);
    now = 1000;
    first.end();
    await running;
    await waiting;
    expect(second.work).not.toHaveBeenCalled();
  });

  it('frees the slot of a work that fails, thrown or rejected', async () => {
    const queue = new HashQueue({ concurrency: 1, deadlineMs: 1000, clock });
    const thrown = queue.run(() => {
      throw new Error('thrown');
    });
    await expect(thrown).rejects.toThrow('thrown');
    await expect(queue.run(() => Promise.reject(new Error('rejected')))).rejects.toThrow('rejected');
    await expect(queue.run(() => Promise.resolve('next'))).resolves.toBe('next');
  });

  it('holds no more than a bounded number, however quick the works seem', async () => {
    const queue = new HashQueue({ concurrency: 1, deadlineMs: 10_000_000, clock });
    const stuck = job();
    const running = queue.run(stuck.work);
    const waiting = Array.from({ length: 1024 }, () => queue.run(() => Promise.resolve()));
    await expect(queue.run(job().work)).rejects.toMatchObject(BUSY);
    stuck.end();
    await Promise.all([running, ...waiting]);
  });

  it('tells how long each work took, in seconds and without the wait', async () => {
    const seen: number[] = [];
    const queue = new HashQueue({
      concurrency: 1,
      deadlineMs: 1000,
      clock,
      onDuration: (seconds) => seen.push(seconds),
    });
    const run = () => queue.run(() => new Promise<void>((done) => void setTimeout(done, 200)));
    const both = Promise.all([run(), run()]);
    await vi.advanceTimersByTimeAsync(400);
    await both;
    expect(seen).toEqual([expect.closeTo(0.2), expect.closeTo(0.2)]);
  });
});
