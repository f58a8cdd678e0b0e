import { createServer } from 'node:net';

/**
 * A TCP port that nothing listens on right now.
 * @param preferred taken when it is free
 * @param host the address that will listen; without one, all addresses must be free
 */
export async function freePort(preferred = 0, host: string | undefined = '127.0.0.1'): Promise<number> {
  return (await tryPort(preferred, host)) ?? (await tryPort(0, host)) ?? Promise.reject(new Error('No free TCP port'));
}

/** Whether a port is free on all addresses of this machine. */
export async function isPortFree(port: number): Promise<boolean> {
  return (await tryPort(port, undefined)) !== undefined;
}

function tryPort(port: number, host: string | undefined): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });
}
