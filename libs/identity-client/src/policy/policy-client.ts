import { type Clock, systemClock } from '../clock.js';
import { ServiceUnavailableError, UnauthorizedError } from '../errors.js';
import type { ServiceAccountOptions } from '../transport/account.js';
import type { Fetch } from '../transport/request.js';
import {
  type Check,
  type CheckResult,
  type Permissions,
  type Subject,
  toCheckResult,
  toCheckResults,
  toPermissions,
} from './messages.js';
import { type PolicyCallEvent, PolicyTransport } from './policy-transport.js';
import { ShortCache } from './short-cache.js';

/** What one request may ask. */
const BATCH = 100;
/** Ten thousand permissions, which is the service's limit, with names of the longest kind. */
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_CACHE_SECONDS = 60;

export interface PolicyClientOptions extends ServiceAccountOptions {
  /** For one question with its second attempt. By default 2000. */
  timeoutMs?: number;
  /**
   * How long an answer may be given again, 0 to 60. By default 0: the service is at most a second behind a change, and each
   * second here comes on top of it.
   */
  cacheSeconds?: number;
  /** How many answers are kept at most. By default 10,000. */
  maxCached?: number;
  /** What `isAllowed` says while the service is away. By default false, which denies; true allows everything to everyone. */
  failOpen?: boolean;
  /** Called after each question. What it throws is swallowed. */
  onCall?: (event: PolicyCallEvent) => unknown;
  fetch?: Fetch;
  clock?: Clock;
  random?: () => number;
}

interface CallOptions {
  signal?: AbortSignal;
}

/** Asks the identity service who may do what. */
export class PolicyClient {
  private readonly transport: PolicyTransport;
  private readonly results: ShortCache<CheckResult>;
  private readonly lists: ShortCache<Permissions>;
  private readonly clock: Clock;
  private readonly failOpen: boolean;

  /** @throws TypeError or RangeError for options that cannot be meant */
  constructor(options: PolicyClientOptions) {
    const { fetch = globalThis.fetch, clock = systemClock, random = Math.random, onCall } = options;
    const { timeoutMs = 2000, cacheSeconds = 0, maxCached = 10_000, failOpen = false } = options;
    if (!(cacheSeconds >= 0 && cacheSeconds <= MAX_CACHE_SECONDS)) throw new RangeError('cacheSeconds may be 0 to 60.');
    if (!(timeoutMs >= 1 && timeoutMs <= 60_000)) throw new RangeError('timeoutMs may be 1 to 60000.');
    this.transport = new PolicyTransport(options, timeoutMs, { fetch, clock, random, onCall });
    this.results = new ShortCache(cacheSeconds * 1000, maxCached);
    this.lists = new ShortCache(cacheSeconds * 1000, maxCached);
    this.clock = clock;
    this.failOpen = failOpen;
  }

  /**
   * @throws ServiceUnavailableError and UnauthorizedError (503), RequestRefusedError for a malformed check, or the
   *   signal's reason. Who catches them decides what an unknown answer means; `isAllowed` has decided.
   */
  async check(check: Check, { signal }: CallOptions = {}): Promise<CheckResult> {
    const now = this.clock.monotonic();
    const key = keyOf(check);
    const cached = this.results.get(key, now);
    if (cached) return cached;
    const question = { call: 'check', path: 'check', body: check, maxBytes: MAX_BYTES, read: toCheckResult } as const;
    const result = await this.transport.ask(question, signal);
    this.results.set(key, result, now);
    return result;
  }

  /**
   * The same as yes or no. While nobody can tell it is no, unless `failOpen` says otherwise.
   * @throws RequestRefusedError for a malformed check, or the signal's reason
   */
  async isAllowed(check: Check, options: CallOptions = {}): Promise<boolean> {
    try {
      return (await this.check(check, options)).allowed;
    } catch (error) {
      if (error instanceof ServiceUnavailableError) return this.failOpen;
      // An operator revoked this sister's account: that must not open its doors.
      if (error instanceof UnauthorizedError) return false;
      throw error;
    }
  }

  /**
   * Any number of checks, a hundred in one request, one request after the other.
   * @returns in order
   * @throws as `check` does
   */
  async checkBatch(checks: readonly Check[], { signal }: CallOptions = {}): Promise<CheckResult[]> {
    const results: CheckResult[] = [];
    for (let from = 0; from < checks.length; from += BATCH) {
      const part = checks.slice(from, from + BATCH);
      const read = (body: unknown) => toCheckResults(body, part.length);
      const question = {
        call: 'check-batch',
        path: 'check-batch',
        body: { checks: part },
        maxBytes: MAX_BYTES,
      } as const;
      results.push(...(await this.transport.ask({ ...question, read }, signal)));
    }
    return results;
  }

  /**
   * Everything the subject may do in a domain, for a cache of the caller's. Kept answers are the same object as long as
   * their version is, so that what was made of one can be kept with it.
   * @throws as `check` does
   */
  async permissions(subject: Subject, domain?: string, { signal }: CallOptions = {}): Promise<Permissions> {
    const now = this.clock.monotonic();
    const query = new URLSearchParams({ subjectType: subject.type, subjectId: subject.id, ...(domain && { domain }) });
    const key = query.toString();
    const cached = this.lists.get(key, now);
    if (cached) return cached;
    const question = {
      call: 'permissions',
      path: `permissions?${key}`,
      maxBytes: MAX_BYTES,
      read: toPermissions,
    } as const;
    const fresh = await this.transport.ask(question, signal);
    const last = this.lists.last(key);
    const answer = last?.version === fresh.version ? last : fresh;
    this.lists.set(key, answer, now);
    return answer;
  }
}

/** @throws TypeError or RangeError for options that cannot be meant */
export function createPolicyClient(options: PolicyClientOptions): PolicyClient {
  return new PolicyClient(options);
}

function keyOf({ subject, domain, object, action }: Check): string {
  return JSON.stringify([subject.type, subject.id, domain, object, action]);
}
