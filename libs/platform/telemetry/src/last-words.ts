import { createLogger } from './logger.js';

/**
 * Writes what nobody caught as a line of the log besides: the stack that Node prints is none that a collector can read.
 * The process ends as it would without this: its state is not known, and another one is started.
 */
export function logUncaughtErrors(mode: 'api' | 'worker'): void {
  process.on('uncaughtExceptionMonitor', (error, origin) => {
    createLogger({ logLevel: 'info', mode }).fatal({ err: error, origin }, 'nobody caught an error: the process ends');
  });
}
