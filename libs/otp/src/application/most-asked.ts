import type { OtpNamespace } from '@platform/config';
import type { Lasting } from './code-states.js';

/** How many codes were sent to one identifier for one purpose, in the 24 hours that began with the first of them. */
export interface AskedFor {
  namespace: OtpNamespace;
  /** Canonical and whole. */
  identifier: string;
  codes: number;
  /** What is left of those 24 hours; nothing when they ended while this was read. */
  quota?: Lasting;
}

/** Of which identifiers: all, or those of one purpose; at most `limit` of them. */
export interface MostAskedFor {
  namespace?: OtpNamespace;
  limit: number;
}

/** An operator's question under an attack: for whom most codes were sent. What was refused is in no count. */
export abstract class MostAsked {
  /**
   * Most first. Reads every key once, piece by piece, so that nobody else waits.
   * @param onProgress about how many keys were looked at, and how many there are
   * @throws DomainError `otp.unavailable` when the store does not answer in time
   */
  abstract find(which: MostAskedFor, onProgress?: (done: number, all: number) => void): Promise<AskedFor[]>;
}
