import type { Slot } from './pending-codes.js';

/** A key that is there, and how long it still lasts; one that was set by hand may have no end. */
export interface Lasting {
  milliseconds: number | 'no end';
}

/** What is kept about the codes for one purpose and identifier. Nothing in it helps to guess one. */
export interface CodeState {
  /** A code waits to be entered. */
  pending?: Lasting;
  /** Wrong guesses that still count. */
  attempts: number;
  /** Nothing is sent and nothing compared. */
  lock?: Lasting;
  /** A code was just sent. */
  cooldown?: Lasting;
  /** Codes sent since the day of this identifier began, which is 24 hours from its first code. */
  sent: number;
  /** What is left of that day. */
  quota?: Lasting;
}

/**
 * An operator's look at the codes of others.
 * @throws DomainError `otp.unavailable` from every method when the store does not answer in time
 */
export abstract class CodeStates {
  /** @param slot `identifier` is canonical */
  abstract inspect(slot: Slot): Promise<CodeState>;
  /** Ends a lock, as its own end would: with a fresh budget of guesses. @returns whether there was one */
  abstract unlock(slot: Slot): Promise<boolean>;
}
