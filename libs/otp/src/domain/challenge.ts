import { createHash, randomBytes } from 'node:crypto';

const ID_BYTES = 16;

/** 128 random bits, known only to whoever asked. */
export function newChallengeId(): string {
  return randomBytes(ID_BYTES).toString('base64url');
}

/** What tables keep of a challenge: nobody completes one with a copy of them. */
export function challengeDigest(challengeId: string): Buffer {
  return createHash('sha256').update(challengeId).digest();
}
