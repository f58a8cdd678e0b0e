import type { Clock } from '../clock.js';
import { type IdentityClientError, KeysUnavailableError, TokenInvalidError } from '../errors.js';
import { tell } from '../hooks.js';
import { type Fetch, readJson, request } from '../transport/request.js';
import { backoff, waitFor } from '../transport/wait.js';
import type { Algorithm } from './algorithms.js';
import { readKeySet } from './key-set.js';
import { freshSeconds } from './max-age.js';
import type { VerificationKey } from './verification-key.js';

const MAX_BYTES = 128 * 1024;
/** How often the keys are asked for at most, whatever max-age says. */
const SHORTEST_MS = 1000;
const RETRY = { first: 1000, most: 30_000 };

/** One look at the JWK set. */
export interface FetchEvent {
  outcome: 'ok' | 'error';
  /** How many keys there are now. */
  keys: number;
  /** Members of the set that must not verify. */
  refused: readonly { kid: string | undefined; reason: string }[];
  milliseconds: number;
  error?: unknown;
}

export interface KeyCacheOptions {
  jwksUri: string;
  algorithms: readonly Algorithm[];
  timeoutMs: number;
  cooldownMs: number;
  refreshAheadMs: number;
  maxStaleMs: number;
  fetch: Fetch;
  clock: Clock;
  random: () => number;
  onFetch: ((event: FetchEvent) => unknown) | undefined;
}

/**
 * The service's keys. They are fetched at the first question and again before they are stale, beside whatever is
 * verified; while the service is away the last good ones stand.
 */
export class KeyCache {
  private keys: ReadonlyMap<string, VerificationKey> = new Map();
  private loadedAt: number | undefined;
  private inFlight: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private failures = 0;
  private failure: unknown;
  private retryAt = -Infinity;
  private missAt = -Infinity;
  private readonly closing = new AbortController();

  constructor(private readonly options: KeyCacheOptions) {}

  /** A key that is at hand: no waiting, and no look at the network. */
  known(kid: string): VerificationKey | undefined {
    return this.isTooOld() ? undefined : this.keys.get(kid);
  }

  /**
   * A key that may have to be fetched. Unknown names cause one fetch in each `cooldownMs`, whoever invents how many.
   * @throws TokenInvalidError `unknown-key`, KeysUnavailableError, or the signal's reason
   */
  async find(kid: string, signal: AbortSignal | undefined): Promise<VerificationKey> {
    if (this.loadedAt === undefined || this.isTooOld()) await this.load(signal);
    else await this.look(signal);
    const key = this.known(kid);
    if (key) return key;
    if (this.failure === undefined) throw new TokenInvalidError('unknown-key', 'The service publishes no such key.');
    throw this.unavailable();
  }

  /** @throws KeysUnavailableError when there are none, and none can be fetched; or the signal's reason */
  async load(signal: AbortSignal | undefined): Promise<void> {
    if (this.loadedAt !== undefined && !this.isTooOld()) return;
    if (!this.inFlight && this.now() < this.retryAt) throw this.unavailable();
    await waitFor(this.refresh(), signal);
    if (this.loadedAt === undefined || this.isTooOld()) throw this.unavailable();
  }

  /** How many keys there are, and for how long they have not been confirmed, in ms. */
  state(): { keys: number; ageMs: number | undefined } {
    return { keys: this.keys.size, ageMs: this.loadedAt === undefined ? undefined : this.now() - this.loadedAt };
  }

  close(): void {
    this.closing.abort(new KeysUnavailableError('The verifier is closed.'));
    clearTimeout(this.timer);
  }

  /** For a kid that the keys at hand do not have: a key that was added since, or an invention. */
  private async look(signal: AbortSignal | undefined): Promise<void> {
    if (!this.inFlight) {
      if (this.now() - this.missAt < this.options.cooldownMs) return;
      this.missAt = this.now();
    }
    await waitFor(this.refresh(), signal);
  }

  /** One fetch at a time; never rejects. */
  private refresh(): Promise<void> {
    if (this.closing.signal.aborted) return Promise.resolve();
    this.inFlight ??= this.fetchKeys().finally(() => (this.inFlight = undefined));
    return this.inFlight;
  }

  private async fetchKeys(): Promise<void> {
    const began = this.now();
    try {
      const { refused, freshMs } = await this.exchange();
      this.failures = 0;
      this.failure = undefined;
      this.schedule(Math.max(freshMs - this.options.refreshAheadMs, freshMs / 2, SHORTEST_MS));
      this.report({ outcome: 'ok', refused, milliseconds: this.now() - began });
    } catch (error) {
      this.failures += 1;
      this.failure = error;
      const wait = backoff(this.failures, RETRY, this.options.random);
      this.retryAt = this.now() + wait;
      this.schedule(wait);
      this.report({ outcome: 'error', refused: [], milliseconds: this.now() - began, error });
    }
  }

  private async exchange() {
    const { jwksUri, fetch, algorithms, timeoutMs } = this.options;
    const signal = AbortSignal.any([this.closing.signal, AbortSignal.timeout(timeoutMs)]);
    const response = await request(jwksUri, { fetch, signal, headers: { accept: 'application/json' } });
    const { keys, refused } = await readKeySet(await readJson(response, MAX_BYTES), algorithms);
    // As a whole: a key that is no longer there is revoked, and verifies nothing from here on.
    this.keys = keys;
    this.loadedAt = this.now();
    return { refused, freshMs: freshSeconds(response.headers) * 1000 };
  }

  private report(event: Omit<FetchEvent, 'keys'>): void {
    tell(this.options.onFetch, { ...event, keys: this.keys.size });
  }

  private schedule(milliseconds: number): void {
    if (this.closing.signal.aborted) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.refresh(), milliseconds);
    this.timer.unref();
  }

  private isTooOld(): boolean {
    return this.loadedAt !== undefined && this.now() - this.loadedAt > this.options.maxStaleMs;
  }

  private unavailable(): IdentityClientError {
    return new KeysUnavailableError('The keys of the identity service cannot be fetched.', { cause: this.failure });
  }

  private now(): number {
    return this.options.clock.monotonic();
  }
}
