import { pino } from 'pino';

/** As many characters are written before the turn is over: a turn that logs without end must not fill memory. */
const MOST_KEPT = 16_000;

/** Where lines go. */
export interface LineStream {
  write(lines: string): void;
}

/** Keeps lines for a moment; `flushSync`, which pino calls after a fatal one, writes what was kept. */
export interface KeepingStream extends LineStream {
  flushSync(): void;
}

let shared: KeepingStream | undefined;

/**
 * Standard output, to which the lines of one turn of the event loop go in one write: a write for each cost as much as
 * the rest of the line. All loggers of the process share it, so that their lines stay in order. A process that is killed
 * outright loses those of its last turn; one that exits or crashes does not. Once nobody reads it any more, lines are lost.
 */
export function standardOutput(): KeepingStream {
  if (!shared) {
    shared = onceATurn(writesTo(1));
    process.on('exit', () => shared?.flushSync());
  }
  return shared;
}

/**
 * Writes at once, whatever it takes. What is kept for the end of a turn is kept here and not in pino's stream: the
 * `flushSync` of that one tries for ever to write to a pipe that nobody reads (sonic-boom 4), and syncs a file each time.
 */
export function writesTo(descriptor: number): LineStream {
  return pino.destination({ dest: descriptor, sync: true });
}

/** Hands lines to `stream` as one text, once the turn is over or they are many. */
export function onceATurn(stream: LineStream): KeepingStream {
  let kept = '';
  let isDue = false;
  const flushSync = () => {
    isDue = false;
    if (kept === '') return;
    const lines = kept;
    kept = '';
    stream.write(lines);
  };
  return {
    write(line) {
      kept += line;
      if (kept.length >= MOST_KEPT) flushSync();
      if (isDue) return;
      isDue = true;
      setImmediate(flushSync);
    },
    flushSync,
  };
}
