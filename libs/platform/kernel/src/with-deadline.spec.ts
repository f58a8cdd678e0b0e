import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withDeadline } from './with-deadline.js';

const late = () => new Error('late');
const never = new Promise<never>(() => undefined);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('work with a deadline', () => {
  it('yields what the work yields, and leaves no timer behind', async () => {
    await expect(withDeadline(Promise.resolve('done'), 1000, late)).resolves.toBe('done');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('fails as the work fails, and leaves no timer behind', async () => {
    await expect(withDeadline(Promise.reject(new Error('broken')), 1000, late)).rejects.toThrow('broken');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('fails with the given error once the time is over, not before', async () => {
    let outcome = 'waiting';
    const result = withDeadline(never, 1000, late).catch((error: Error) => {
      outcome = error.message;
    });
    await vi.advanceTimersByTimeAsync(999);
    expect(outcome).toBe('waiting');
    await vi.advanceTimersByTimeAsync(1);
    expect(outcome).toBe('late');
    await result;
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not make the error unless it is needed', async () => {
    const make = vi.fn(late);
    await withDeadline(Promise.resolve(), 1000, make);
    await vi.advanceTimersByTimeAsync(2000);
    expect(make).not.toHaveBeenCalled();
  });

  it('that fails after its deadline is nobody’s unhandled rejection', async () => {
    const unhandled = vi.fn();
    process.on('unhandledRejection', unhandled);
    const work = Promise.withResolvers<never>();
    const result = withDeadline(work.promise, 10, late);
    const refused = expect(result).rejects.toThrow('late');
    await vi.advanceTimersByTimeAsync(10);
    await refused;
    work.reject(new Error('too late to matter'));
    vi.useRealTimers();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });
});
