import { Inject, Injectable } from '@nestjs/common';
import { CLOCK, type OtpLimits } from '@platform/config';
import type { Clock } from '@platform/kernel';
import { REDIS, type RedisConnection } from '@platform/redis';
import { Cluster } from 'ioredis';
import { type CodeAddress, CodeStore, type Guess, type Issue } from '../application/code-store.js';
import type { Macs } from '../domain/code-macs.js';
import { GUESS, ISSUE, WITHDRAW } from './otp-scripts.js';

const DAY_MS = 86_400_000;
const KEYS = ['code', 'attempts', 'lock', 'cooldown', 'quota'] as const;
const LIMITS = [undefined, 'locked', 'cooldown', 'quota'] as const;

type Answer = Promise<[number, number]>;
/** The scripts as ioredis adds them to its client. */
interface OtpCommands {
  otpIssue(...keysAndArguments: (string | number)[]): Answer;
  otpWithdraw(...keysAndArguments: (string | number)[]): Promise<number>;
  otpGuess(...keysAndArguments: (string | number)[]): Answer;
}

/** Codes in Redis, under the keys that the runbook names. */
@Injectable()
export class RedisCodeStore extends CodeStore {
  private readonly commands: OtpCommands;

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    @Inject(CLOCK) private readonly clock: Pick<Clock, 'now'>,
  ) {
    super();
    redis.defineCommand('otpIssue', { numberOfKeys: KEYS.length, lua: ISSUE });
    redis.defineCommand('otpWithdraw', { numberOfKeys: KEYS.length, lua: WITHDRAW });
    redis.defineCommand('otpGuess', { numberOfKeys: KEYS.length, lua: GUESS });
    // defineCommand adds methods that the client's type cannot know of.
    this.commands = redis as unknown as OtpCommands;
  }

  async issue(address: CodeAddress, macs: Macs, ttlSeconds: number, limits: OtpLimits): Promise<Issue> {
    const [limit, retryAfterMs] = await this.commands.otpIssue(
      ...this.keys(address),
      macs.pepper,
      macs.code,
      macs.challenge,
      ttlSeconds * 1000,
      limits.resendCooldownSeconds * 1000,
      limits.dailyQuota,
      DAY_MS,
      this.clock.now().getTime(),
    );
    const kind = LIMITS[limit];
    return kind ? { kind, retryAfterMs } : { kind: 'issued' };
  }

  async withdraw(address: CodeAddress, macs: Macs): Promise<void> {
    await this.commands.otpWithdraw(...this.keys(address), macs.challenge);
  }

  async guess(address: CodeAddress, candidates: Macs[], { maxAttempts, lockSeconds }: OtpLimits): Promise<Guess> {
    const [outcome, retryAfterMs] = await this.commands.otpGuess(
      ...this.keys(address),
      maxAttempts,
      lockSeconds * 1000,
      ...candidates.flatMap(({ pepper, code, challenge }) => [pepper, code, challenge]),
    );
    if (outcome === 2) return { kind: 'locked', retryAfterMs };
    return { kind: outcome === 0 ? 'right' : 'wrong' };
  }

  /** In Cluster the identifier is a hash tag, so that one script may touch them all. */
  private keys({ namespace, identifier }: CodeAddress): string[] {
    const tagged = this.redis instanceof Cluster ? `{${identifier}}` : identifier;
    return KEYS.map((key) => `${namespace}:${key}:${tagged}`);
  }
}
