import { randomInt } from 'node:crypto';
import type { LimitsInForce, OtpNamespace } from '@platform/config';
import { type Clock, randomBytes } from '@platform/kernel';
import { CHALLENGE_BYTES, challengeDigest } from '../domain/challenge.js';
import type { CodeScheme } from '../domain/namespaces.js';
import { makeCode } from '../domain/one-time-code.js';

/** Unpredictable numbers and bytes; a test hands in its own. */
interface Randomness {
  /** Uniform whole numbers from 0 to below `below`. */
  int(below: number): number;
  bytes(count: number): Buffer;
}

/** The operating system's generator. `randomInt` rejects what would favour small numbers. */
const cryptoRandomness: Randomness = { int: (below) => randomInt(below), bytes: randomBytes };

export interface MintedChallenge {
  challengeId: string;
  code: string;
  digest: Buffer;
  issuedAt: Date;
  expiresAt: Date;
  resendAvailableAt: Date;
}

/** Makes codes and the challenges they answer. */
export class MintChallenge {
  constructor(
    private readonly clock: Pick<Clock, 'now'>,
    private readonly limits: LimitsInForce,
    private readonly random = cryptoRandomness,
  ) {}

  execute(namespace: OtpNamespace, scheme: CodeScheme): MintedChallenge {
    const { codeTtlSeconds, resendCooldownSeconds } = this.limits.current.otp[namespace];
    const challengeId = this.random.bytes(CHALLENGE_BYTES).toString('base64url');
    const issuedAt = this.clock.now();
    return {
      challengeId,
      code: makeCode((below) => this.random.int(below)),
      digest: challengeDigest(challengeId),
      issuedAt,
      expiresAt: new Date(issuedAt.getTime() + codeTtlSeconds[scheme] * 1000),
      resendAvailableAt: new Date(issuedAt.getTime() + resendCooldownSeconds * 1000),
    };
  }
}
