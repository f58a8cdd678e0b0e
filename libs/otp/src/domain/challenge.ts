import { hash } from 'node:crypto';

/** Random bytes of a challenge's id: it cannot be guessed, so only who asked for a code can try it. */
export const CHALLENGE_BYTES = 16;

/** What tables and job ids refer to a challenge by: whoever reads them cannot answer it. */
export function challengeDigest(challengeId: string): Buffer {
  return hash('sha256', challengeId, 'buffer');
}
