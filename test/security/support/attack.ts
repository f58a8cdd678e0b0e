import type { Forger } from './forger.js';

/** A way to forge an access token; RFC 8725 names most of them. */
export interface Attack {
  /** What the tokens are like, as the middle of "refuses … ". */
  name: string;
  /** Why identity-client may say that it refuses them. */
  codes: string[];
  tokens: (forger: Forger) => string[] | Promise<string[]>;
}
