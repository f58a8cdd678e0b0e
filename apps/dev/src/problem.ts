/** Something a person can mend: the message says how, and no stack is printed. */
export class Problem extends Error {}

/** Raised inside a step to leave it when the launcher was told to stop. */
export class Stopped extends Error {}

const KNOWN: Record<string, string> = {
  ENOSPC: 'The disk is full: free some space and start again.',
  EROFS: 'The project folder is read-only: everything is kept in its .data folder.',
  EACCES: 'No permission: .data must belong to the user who starts this (was it made by root?).',
  EPERM: 'No permission: .data must belong to the user who starts this (was it made by root?).',
};

/** What to print about an error. */
export function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const known = KNOWN[(error as NodeJS.ErrnoException).code ?? ''];
  if (known) return `${known}\n  (${error.message})`;
  return error.constructor === Error || error instanceof Problem ? error.message : (error.stack ?? error.message);
}
