import type { EventSourceMessage } from 'eventsource-parser';
import type { Clock } from '../clock.js';
import { RequestRefusedError, ServiceUnavailableError, UnauthorizedError } from '../errors.js';
import { tell } from '../hooks.js';
import type { Fetch } from '../transport/request.js';
import { within } from '../transport/values.js';
import { backoff, pause } from '../transport/wait.js';
import { readEvents } from './event-stream.js';
import { FeedClient } from './feed-client.js';
import { isCursor, type RevokedSession, toRevokedSession } from './messages.js';
import type { FeedEvent, FeedProblem, FeedState, FeedStatus, RevocationOptions } from './options.js';
import { RevokedSessions } from './revoked-sessions.js';

const HEARTBEATS_MISSED = 2.5;
const RETRY = { first: 1000, most: 30_000 };
/** Who is refused today is refused in a minute as well, until somebody changes the secret. */
const REFUSED_MS = 60_000;

interface Surroundings {
  fetch: Fetch;
  clock: Clock;
  random: () => number;
  hooks: {
    onRevocation?: (event: RevokedSession) => unknown;
    onFeed?: (event: FeedEvent) => unknown;
    onFeedProblem?: (event: FeedProblem) => unknown;
  };
}

/**
 * Hears which sessions have ended. Reads what it missed page by page, then listens to the stream, and begins anew when
 * that ends: behind a proxy that holds streams back it still learns everything, a little later.
 */
export class RevocationFeed {
  private readonly client: FeedClient;
  private readonly sessions: RevokedSessions;
  private readonly closing = new AbortController();
  private readonly quietMs: number;
  private status: FeedStatus = 'idle';
  private cursor: string | undefined;
  private windowSeconds = 0;
  private firstWaitMs = RETRY.first;
  private failures = 0;
  private running: Promise<void> | undefined;
  private readonly firstAttempt = Promise.withResolvers<void>();

  constructor(
    options: RevocationOptions,
    private readonly surroundings: Surroundings,
  ) {
    this.client = new FeedClient(options, surroundings.fetch);
    this.sessions = new RevokedSessions(within('maxSessions', options.maxSessions ?? 100_000, 1, 10_000_000));
    this.quietMs = within('heartbeatMs', options.heartbeatMs ?? 15_000, 1, 3_600_000) * HEARTBEATS_MISSED;
  }

  /** Starts listening, once. @returns when what was missed is known, or could not be had; never rejects */
  start(): Promise<void> {
    this.running ??= this.listen();
    return this.firstAttempt.promise;
  }

  hasEnded(sessionId: string): boolean {
    return this.sessions.has(sessionId, this.surroundings.clock.now().getTime());
  }

  state(): FeedState {
    return { status: this.status, sessions: this.sessions.size, dropped: this.sessions.dropped };
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.running ??= Promise.resolve();
    await this.running;
    this.firstAttempt.resolve();
    this.become('closed');
  }

  private async listen(): Promise<void> {
    const { signal } = this.closing;
    while (!signal.aborted) {
      const wait = await this.connect(signal).catch((error: unknown) => this.lost(error));
      if (!(await pause(wait, signal))) return;
    }
  }

  /** One connection, from what was missed to its end, which is always an error. */
  private async connect(signal: AbortSignal): Promise<never> {
    if (this.status === 'idle') this.become('connecting');
    const dead = new AbortController();
    const either = AbortSignal.any([signal, dead.signal]);
    const after = await this.catchUp(signal);
    const body = await this.client.stream(after, either);
    this.become('live');
    return await readEvents(
      body,
      { onEvent: (event) => this.take(event), onRetry: (ms) => this.comeBackAfter(ms) },
      { quietMs: this.quietMs, abort: () => dead.abort(new ServiceUnavailableError('The feed has gone quiet.')) },
    );
  }

  private async catchUp(signal: AbortSignal): Promise<string> {
    for (;;) {
      const page = await this.client.page(this.cursor, signal);
      this.windowSeconds = page.windowSeconds;
      for (const session of page.items) this.add(session);
      this.cursor = page.nextCursor;
      if (!page.isLast) continue;
      this.firstAttempt.resolve();
      return this.cursor;
    }
  }

  private take({ event, id, data }: EventSourceMessage): void {
    // Not before it says something: who takes connections only to end them is not there.
    this.failures = 0;
    if (event === 'session-ended') {
      const session = toRevokedSession(parse(data));
      if (session) this.add(session);
      else tell(this.surroundings.hooks.onFeedProblem, { problem: 'malformed' });
    }
    if (isCursor(id)) this.cursor = id;
  }

  private add(session: RevokedSession): void {
    const { clock, hooks } = this.surroundings;
    const { dropped } = this.sessions;
    if (!this.sessions.add(session, this.windowSeconds, clock.now().getTime())) return;
    tell(hooks.onRevocation, session);
    if (this.sessions.dropped > dropped) tell(hooks.onFeedProblem, { problem: 'overflow' });
  }

  /** @returns how long to wait, in ms */
  private lost(error: unknown): number {
    this.firstAttempt.resolve();
    if (this.closing.signal.aborted) return 0;
    this.become('away', error);
    const { random, hooks } = this.surroundings;
    if (error instanceof UnauthorizedError) {
      tell(hooks.onFeedProblem, { problem: 'unauthorized', error });
      return REFUSED_MS * (0.5 + random() / 2);
    }
    // All that can be refused is the cursor, which another version of the service may have made: begin with the window.
    if (error instanceof RequestRefusedError) this.cursor = undefined;
    this.failures += 1;
    const asked = error instanceof ServiceUnavailableError ? (error.retryAfterSeconds ?? 0) * 1000 : 0;
    const wait = backoff(this.failures, { first: this.firstWaitMs, most: RETRY.most }, random);
    return Math.max(wait, Math.min(asked, RETRY.most));
  }

  private comeBackAfter(milliseconds: number): void {
    this.firstWaitMs = Math.min(Math.max(milliseconds, 100), RETRY.most);
  }

  private become(status: FeedStatus, error?: unknown): void {
    if (this.status === status) return;
    this.status = status;
    tell(this.surroundings.hooks.onFeed, error === undefined ? { status } : { status, error });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
