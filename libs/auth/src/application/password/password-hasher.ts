import { Inject, Injectable, Logger } from '@nestjs/common';
import argon2 from 'argon2';
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { SETTINGS, type Settings } from '@platform/config';
import {
  type Argon2Parameters,
  needsRehash,
  parsePhc,
  serializePhc,
  type StoredHash,
} from '../../domain/password/phc.js';
import { HashQueue } from './hash-queue.js';

/** Whether the password was the right one, and whether its hash should be made anew with today's parameters. */
export interface PasswordVerdict {
  valid: boolean;
  /** Only ever true together with `valid`. */
  needsRehash: boolean;
}

const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** Hashes and verifies passwords with argon2id, behind the queue. Passwords count in NFC, however they were typed. */
@Injectable()
export class PasswordHasher {
  private readonly logger = new Logger(PasswordHasher.name);
  private readonly wanted: Argon2Parameters;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    private readonly queue: HashQueue,
  ) {
    const { memoryKib, iterations } = settings.password;
    this.wanted = { memoryKib, iterations, parallelism: 1 };
  }

  /**
   * @returns a PHC string with parameters in the order m,t,p
   * @throws DomainError `auth.busy` when the queue is full
   */
  hash(password: string): Promise<string> {
    return this.queue.run(async () => {
      const fresh = this.blank();
      return serializePhc({ ...fresh, hash: await derive(password, fresh) });
    });
  }

  /**
   * Compares a password with a stored hash. Without one (nobody has that identifier) it costs one hash with the current
   * parameters all the same, so that the time taken does not tell who has an account.
   * @param beforeVerify awaited in the slot, right before hashing: the throttle counts the attempt there, so that an
   *   attempt which the queue sheds is never counted. Its rejection is passed on and nothing is hashed.
   * @throws DomainError `auth.busy` when the queue is full; whatever `beforeVerify` throws
   */
  verify(password: string, phc: string | undefined, beforeVerify?: () => Promise<void>): Promise<PasswordVerdict> {
    const stored = this.readable(phc);
    // Random bytes serve as the dummy hash: the work is the same, and no password fits them.
    const target = stored ?? this.blank();
    return this.queue.run(async () => {
      await beforeVerify?.();
      const same = timingSafeEqual(await derive(password, target), target.hash);
      const valid = same && stored !== undefined;
      return { valid, needsRehash: valid && needsRehash(target, this.wanted) };
    });
  }

  /** An unusable stored hash counts as none: an error would tell the account apart from an unknown one. */
  private readable(phc: string | undefined): StoredHash | undefined {
    if (phc === undefined) return undefined;
    try {
      return parsePhc(phc);
    } catch (error) {
      this.logger.error(error instanceof Error ? error.message : 'A stored password hash cannot be used.');
      return undefined;
    }
  }

  private blank(): StoredHash {
    return { ...this.wanted, salt: randomBytes(SALT_BYTES), hash: randomBytes(HASH_BYTES) };
  }
}

/**
 * Our own parser stays the only one that decides what a stored hash costs: argon2.verify would read the PHC string
 * again, by other rules, without ceilings.
 */
function derive(password: string, { memoryKib, iterations, parallelism, salt, hash }: StoredHash): Promise<Buffer> {
  return argon2.hash(password.normalize('NFC'), {
    raw: true,
    type: argon2.argon2id,
    version: 0x13,
    memoryCost: memoryKib,
    timeCost: iterations,
    parallelism,
    salt,
    hashLength: hash.length,
  });
}
