import type { Lasting } from '../application/code-states.js';

/** @param pttl as Redis tells it: -2 for no key, -1 for no end */
export function lasting(pttl: number): Lasting | undefined {
  if (pttl === -2) return undefined;
  return { milliseconds: pttl === -1 ? 'no end' : pttl };
}
