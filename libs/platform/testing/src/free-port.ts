import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** Below the ports that Linux (from 32768) and macOS (from 49152) give to outgoing connections: none of them can take one first. */
const LOWEST = 15_000;
const HIGHEST = 32_000;
const ATTEMPTS = 100;

/**
 * A TCP port that nothing listens on, and that no other process is given while this one lives.
 * @param preferred taken when it is free
 * @param host the address that will listen; without one, all addresses must be free
 * @throws Error when a hundred ports tried at random are all taken
 */
export async function freePort(preferred = 0, host: string | undefined = '127.0.0.1'): Promise<number> {
  if (preferred !== 0 && (await canListen(preferred, host))) return preferred;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const port = randomInt(LOWEST, HIGHEST);
    if ((await reserve(port)) && (await canListen(port, host))) return port;
  }
  throw new Error('No free TCP port');
}

/** Whether a port is free on all addresses of this machine. */
export function isPortFree(port: number): Promise<boolean> {
  return canListen(port, undefined);
}

function canListen(port: number, host: string | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** The UDP port of the same number, which nothing here uses, is held until this process ends: whoever asks next sees that it is given. */
function reserve(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => {
      socket.unref();
      resolve(true);
    });
  });
}
