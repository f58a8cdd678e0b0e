import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@platform/testing';

/** A TCP line on loopback that leads to a server, and that a test can disturb. */
export interface Line {
  port: number;
  /** What goes over it, either way, takes so many milliseconds more from now on. */
  slow(ms: number): void;
  /** Nothing goes over it any more, and nothing is lost: who connects now waits too. */
  freeze(): void;
  thaw(): void;
  /** Ends every connection in the middle, by a reset as of a machine that died. Who connects anew gets through. */
  cut(): void;
  /** Refuses whoever connects from now on, and lets go of the others in good order. */
  close(): Promise<void>;
  /** The end of `close`. */
  open(): Promise<void>;
  /** How many connections there are. */
  size(): number;
  stop(): Promise<void>;
}

/** What goes on with a line at the moment. */
interface State {
  delayMs: number;
  /** Settles when the line goes on; absent while it does. */
  frozen?: PromiseWithResolvers<void>;
}

/** Opens a line to a port of this machine. */
export async function startLine(target: number): Promise<Line> {
  const state: State = { delayMs: 0 };
  const sockets = new Set<Socket>();
  const port = await freePort();
  const server = createServer({ allowHalfOpen: true }, (client) => void join(client));
  const join = async (client: Socket) => {
    keep(client);
    await state.frozen?.promise;
    if (client.destroyed) return;
    const far = connect({ port: target, host: '127.0.0.1', allowHalfOpen: true });
    keep(far);
    pump(client, far, state);
    pump(far, client, state);
  };
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined); // its end is told to the other side
    socket.once('close', () => sockets.delete(socket));
  };
  const open = () =>
    new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, host: '127.0.0.1' }, () => {
        server.off('error', reject);
        resolve();
      });
    });
  const thaw = () => {
    state.frozen?.resolve();
    state.frozen = undefined;
  };
  const cut = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  await open();
  return {
    port,
    slow: (ms) => void (state.delayMs = ms),
    freeze: () => void (state.frozen ??= Promise.withResolvers()),
    thaw,
    cut,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.end();
      await closed;
    },
    open,
    size: () => sockets.size / 2,
    stop: async () => {
      thaw();
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}

/** One way of a connection. What came first leaves first, however the delay changes. */
function pump(from: Socket, to: Socket, state: State): void {
  let last = Promise.resolve();
  const later = (work: () => void) => {
    const due = performance.now() + state.delayMs;
    last = passed(last, due, work);
  };
  const passed = async (before: Promise<void>, due: number, work: () => void) => {
    await before;
    const wait = due - performance.now();
    if (wait > 0) await delay(wait);
    await state.frozen?.promise;
    if (!to.destroyed) work();
  };
  from.on('data', (chunk) => later(() => void to.write(chunk)));
  from.on('end', () => later(() => void to.end()));
  from.on('close', (failed) => {
    if (failed) to.resetAndDestroy();
    else later(() => to.destroySoon());
  });
}
