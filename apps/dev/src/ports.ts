import { freePort, isPortFree } from '@platform/testing';
import { Problem } from './problem.js';
import { say } from './terminal.js';

const ATTEMPTS = 3;

/** Starts a server on its usual port, or on a free one if that is taken, even if it is taken at the last moment. */
export async function onFreePort<T>(name: string, usual: number, start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort(attempt === 1 ? usual : 0);
    if (port !== usual) say(`  port ${usual} is taken: ${name} uses ${port}`);
    try {
      return await start(port);
    } catch (error) {
      if (attempt === ATTEMPTS || (await isPortFree(port))) throw error;
    }
  }
}

/**
 * The port for one of the service's own listeners.
 * @param name its environment variable
 * @param wanted what the environment says; it must then be free
 */
export async function choosePort(name: string, wanted: string | undefined, usual: number): Promise<number> {
  if (!wanted) {
    const port = await freePort(usual, undefined);
    if (port !== usual) say(`  port ${usual} is taken: ${name} is ${port}`);
    return port;
  }
  const port = Number(wanted);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Problem(`${name} must be a port number, not "${wanted}".`);
  if (port === 0) return freePort(0, undefined);
  if (await isPortFree(port)) return port;
  throw new Problem(
    `Port ${port} (${name}) is taken by another program. Stop it, set another port, or leave ${name} unset.`,
  );
}
