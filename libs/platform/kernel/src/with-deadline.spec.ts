import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withDeadline } from './with-deadline.js';

const late = () => new Error('late');
const never = new Promise<never>(() => undefined);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('takes an answer that has come while the process was busy past the deadline', async () => {
  vi.useRealTimers();
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [[peer]] = (await Promise.all([once(server, 'connection'), once(socket, 'connect')])) as [[Socket], unknown];
  const result = withDeadline(once(socket, 'data'), 50, late);
  peer.end('answer');
  for (const until = performance.now() + 200; performance.now() < until;); // the bytes arrive meanwhile
  await expect(result).resolves.toHaveLength(1);
  socket.destroy();
  server.close();
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
    await new Promise((resolve) => setImmediate(resolve)); // answers that are there come first
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
