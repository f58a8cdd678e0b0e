import { type Clock, DomainError } from '@platform/kernel';
import { inSpan, type Span } from '@platform/telemetry';

/** How a HashQueue is sized and watched. */
export interface HashQueueOptions {
  /** How many works run at once. */
  concurrency: number;
  /** The longest a work may wait, in milliseconds. */
  deadlineMs: number;
  clock: Pick<Clock, 'monotonic'>;
  /** Told how long each work that succeeded took, in seconds, the wait not counted. */
  onDuration?: (seconds: number) => void;
}

interface Waiting {
  start: () => void;
  refuse: (error: DomainError) => void;
  expiresAt: number;
}

/** However fast hashes seem to be, no more than this wait: a bound on memory, about 1 KiB each. */
const MAX_WAITING = 1024;
/** The weight of the newest work in the moving average: the last ten or so decide. */
const NEWEST_WEIGHT = 0.2;
/** What a work is thought to take before any has run: argon2id 19456/2/1 takes about 25 ms. */
const FIRST_GUESS_MS = 25;

/**
 * Stands in front of argon2, first come, first served. A flood of sign-ins is refused at the door rather than after
 * minutes of waiting: what cannot start before its deadline is not let in, and what is still waiting then is let go.
 */
export class HashQueue {
  private readonly waiting: Waiting[] = [];
  private running = 0;
  private averageMs = FIRST_GUESS_MS;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: HashQueueOptions) {}

  /** How many works wait for a slot. */
  get length(): number {
    return this.waiting.length;
  }

  /**
   * Runs `work` once a slot is free, and settles as it does.
   * @throws DomainError `auth.busy` at once when it would have to wait past the deadline, or at the deadline
   */
  async run<T>(work: () => Promise<T>): Promise<T> {
    return await inSpan('hash password', { kind: 'internal' }, (span) => this.runInTurn(work, span));
  }

  private async runInTurn<T>(work: () => Promise<T>, span: Span | undefined): Promise<T> {
    const cameAt = this.options.clock.monotonic();
    if (this.running < this.options.concurrency) this.running += 1;
    else await this.slot();
    const startedAt = this.options.clock.monotonic();
    span?.set({ 'identity.waited_ms': Math.round(startedAt - cameAt) });
    try {
      const result = await work();
      const tookMs = this.options.clock.monotonic() - startedAt;
      // From those that succeed alone: a flood of attempts that the throttle refuses would make hashes seem quick.
      this.learn(tookMs);
      this.options.onDuration?.(tookMs / 1000);
      return result;
    } finally {
      this.next();
    }
  }

  /** Resolves once a running work hands its slot over: the slot is never free in between, so nobody overtakes. */
  private slot(): Promise<void> {
    const { deadlineMs, clock } = this.options;
    if (this.waiting.length >= MAX_WAITING || this.expectedWaitMs() > deadlineMs) throw this.busy();
    return new Promise((start, refuse) => {
      this.waiting.push({ start, refuse, expiresAt: clock.monotonic() + deadlineMs });
      this.timer ??= setTimeout(() => this.expire(), deadlineMs);
    });
  }

  private next(): void {
    this.dropExpired();
    const first = this.waiting.shift();
    if (first) first.start();
    else this.running -= 1;
  }

  /** Everybody waits equally long at most, so the first in the line is the first to expire: one timer serves all. */
  private expire(): void {
    this.timer = undefined;
    this.dropExpired();
    const [first] = this.waiting;
    if (!first) return;
    const left = Math.max(1, Math.ceil(first.expiresAt - this.options.clock.monotonic()));
    this.timer = setTimeout(() => this.expire(), left);
  }

  private dropExpired(): void {
    const now = this.options.clock.monotonic();
    while (this.waiting[0] && this.waiting[0].expiresAt <= now) this.waiting.shift()?.refuse(this.busy());
  }

  private expectedWaitMs(): number {
    return ((this.waiting.length + 1) * this.averageMs) / this.options.concurrency;
  }

  private learn(ms: number): void {
    this.averageMs += NEWEST_WEIGHT * (ms - this.averageMs);
  }

  private busy(): DomainError {
    return new DomainError({
      code: 'auth.busy',
      kind: 'unavailable',
      level: 'info',
      limit: 'password-hash',
      message: 'Too many passwords are being checked at the moment.',
      retryAfterSeconds: Math.max(1, Math.ceil(this.expectedWaitMs() / 1000)),
    });
  }
}
