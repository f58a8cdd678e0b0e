import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of package.json. Every command works from there, wherever it was called. */
const ROOT = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
process.chdir(ROOT);

/** Something a person can mend: its message says how, and no stack is printed. */
export class Problem extends Error {}

const KNOWN = {
  ENOSPC: 'The disk is full: free some space and run the command again.',
  EROFS: `${ROOT} is read-only: the project writes to node_modules, dist and .data.`,
  EACCES: `No permission. ${ROOT} must belong to the user who runs this (were files made by root?).`,
  EPERM: `No permission. ${ROOT} must belong to the user who runs this (were files made by root?).`,
};

/** Prints what went wrong and has the process end with 1. */
export function fail(error) {
  const known = KNOWN[error?.code];
  if (error instanceof Problem) console.error(error.message);
  else console.error(known ? `${known}\n  (${error.message})` : error);
  process.exitCode = 1;
}

/** One progress line. On stderr, so that `npm run identity -- … --json` can be piped. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}
