import { type Clock, systemClock } from '../clock.js';
import { ALGORITHMS, type Algorithm, isAlgorithm } from '../keys/algorithms.js';
import { type FetchEvent, KeyCache } from '../keys/key-cache.js';
import { RevocationFeed } from '../revocations/feed.js';
import type { FeedEvent, FeedProblem, RevocationOptions } from '../revocations/options.js';
import type { RevokedSession } from '../revocations/messages.js';
import { httpUrl } from '../transport/account.js';
import type { Fetch } from '../transport/request.js';
import { within } from '../transport/values.js';
import type { TokenInvalidCode } from '../errors.js';
import type { Expectations } from './principal.js';

/** The contract's limit: more would keep expired tokens alive. */
const MAX_TOLERANCE_SECONDS = 60;

/** One verification. */
export interface VerifyEvent {
  outcome: 'ok' | TokenInvalidCode | 'keys-unavailable' | 'aborted';
  milliseconds: number;
}

/** Plain callbacks for metrics and logs. What they throw is swallowed; they are called in place, so keep them short. */
export interface VerifierHooks {
  onVerify?: (event: VerifyEvent) => unknown;
  onFetch?: (event: FetchEvent) => unknown;
  /** A session has ended. */
  onRevocation?: (event: RevokedSession) => unknown;
  /** The feed of ended sessions came or went. */
  onFeed?: (event: FeedEvent) => unknown;
  /** Something about the feed that an operator should know. */
  onFeedProblem?: (event: FeedProblem) => unknown;
}

export interface VerifierOptions {
  /** What `iss` must be, to the letter. */
  issuer: string;
  /** Whom tokens must be for: this sister's name, or several. */
  audience: string | readonly string[];
  /** Where the keys are, for example `http://identity:3000/jw-certs`. */
  jwksUri: string;
  /** All four by default. */
  algorithms?: readonly Algorithm[];
  /** How far clocks may be apart: 0 to 60, by default 60. */
  clockToleranceSeconds?: number;
  /** How long a look at the keys may take. By default 5000. */
  timeoutMs?: number;
  /** Unknown keys are looked for at most this often. By default 30,000. */
  cooldownMs?: number;
  /** How long before they are stale the keys are fetched again. By default 10,000. */
  refreshAheadMs?: number;
  /** How long keys count that cannot be confirmed. By default without end: verification outlives the service's absence. */
  maxStaleMs?: number;
  /** Refuses tokens of sessions that have ended, too, by what the service tells of them. */
  revocations?: RevocationOptions;
  hooks?: VerifierHooks;
  fetch?: Fetch;
  clock?: Clock;
  /** 0 to 1, as Math.random: spreads the waits between attempts. */
  random?: () => number;
}

/** What a verifier is made of. @throws TypeError or RangeError for options that cannot be meant */
export function assemble(options: VerifierOptions) {
  const { fetch = globalThis.fetch, clock = systemClock, random = Math.random, hooks = {} } = options;
  const keys = new KeyCache({
    jwksUri: httpUrl(options.jwksUri, 'jwksUri'),
    algorithms: algorithmsOf(options),
    timeoutMs: within('timeoutMs', options.timeoutMs ?? 5000, 1, 60_000),
    cooldownMs: within('cooldownMs', options.cooldownMs ?? 30_000, 0, 3_600_000),
    refreshAheadMs: within('refreshAheadMs', options.refreshAheadMs ?? 10_000, 0, 3_600_000),
    maxStaleMs: within('maxStaleMs', options.maxStaleMs ?? Infinity, 1000, Infinity),
    onFetch: hooks.onFetch,
    fetch,
    clock,
    random,
  });
  const feed = options.revocations && new RevocationFeed(options.revocations, { fetch, clock, random, hooks });
  return { keys, feed, clock, hooks, expected: expectationsOf(options) };
}

function expectationsOf({ issuer, audience, clockToleranceSeconds = 60 }: VerifierOptions): Expectations {
  const audiences = typeof audience === 'string' ? [audience] : [...audience];
  if (!issuer) throw new TypeError('issuer is missing.');
  if (audiences.length === 0 || audiences.some((name) => !name)) throw new TypeError('audience is missing.');
  const toleranceSeconds = within('clockToleranceSeconds', clockToleranceSeconds, 0, MAX_TOLERANCE_SECONDS);
  return { issuer, audiences, toleranceSeconds };
}

function algorithmsOf({ algorithms = ALGORITHMS }: VerifierOptions): Algorithm[] {
  if (algorithms.length === 0 || !algorithms.every(isAlgorithm)) {
    throw new TypeError(`algorithms may be ${ALGORITHMS.join(', ')}.`);
  }
  return [...algorithms];
}
