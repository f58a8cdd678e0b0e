import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

/** A connection of a client that means no good. */
export interface HeldConnection {
  socket: Socket;
  /** What the service has sent so far. */
  received(): string;
  isClosed(): boolean;
}

/** So many are opened at a time: fewer than a server's backlog. */
const AT_ONCE = 200;
/** What the tests' own process and the service need beside the connections. */
const SPARE_FILES = 2000;

/** Opens so many connections, sends these bytes over each, and holds them. Those that the service refuses are closed ones. */
export async function holdConnections(origin: string, count: number, bytes = ''): Promise<HeldConnection[]> {
  const held: HeldConnection[] = [];
  while (held.length < count) {
    const batch = Array.from({ length: Math.min(AT_ONCE, count - held.length) }, () => hold(origin, bytes));
    held.push(...(await Promise.all(batch)));
  }
  return held;
}

/** As many connections as are wanted, or as many as this system lets one process have open. */
export function affordableConnections(wanted: number): number {
  const [, limit = '1024'] = /Max open files\s+\S+\s+(\S+)/.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  const affordable = limit === 'unlimited' ? wanted : Math.max(100, Number(limit) - SPARE_FILES);
  if (affordable < wanted)
    process.stdout.write(`${affordable} connections instead of ${wanted}: ulimit -Hn is ${limit}\n`);
  return Math.min(wanted, affordable);
}

function hold(origin: string, bytes: string): Promise<HeldConnection> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.setNoDelay(true).on('data', (data) => (text += data.toString('latin1')));
  const connection = { socket, received: () => text, isClosed: () => socket.closed };
  return new Promise((resolve) => {
    for (const event of ['error', 'close']) socket.once(event, () => resolve(connection));
    socket.once('connect', () => {
      if (bytes) socket.write(bytes);
      resolve(connection);
    });
  });
}
