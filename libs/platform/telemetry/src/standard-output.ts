import { pino } from 'pino';

/** Less than what the stream writes at most in one go (16 KiB); beyond it a write happens at once. */
const BUFFER_BYTES = 16_000;

/** Where lines go; `flushSync` writes what was kept. */
export interface LineStream {
  write(line: string): void;
  flushSync(): void;
}

let shared: LineStream | undefined;

/**
 * Standard output, to which the lines of one turn of the event loop go in one write: a write for each cost as much as
 * the rest of the line. All loggers of the process share it, so that their lines stay in order. A process that is killed
 * outright loses those of its last turn; one that exits or crashes does not.
 */
export function standardOutput(): LineStream {
  if (!shared) {
    shared = onceATurn(pino.destination({ sync: true, minLength: BUFFER_BYTES }));
    process.on('exit', () => shared?.flushSync());
  }
  return shared;
}

/** Hands lines to `stream` as they come, and has it write them when the turn is over. */
export function onceATurn(stream: LineStream): LineStream {
  let isDue = false;
  const flushSync = () => {
    isDue = false;
    stream.flushSync();
  };
  return {
    write(line) {
      stream.write(line);
      if (isDue) return;
      isDue = true;
      setImmediate(flushSync);
    },
    flushSync,
  };
}
