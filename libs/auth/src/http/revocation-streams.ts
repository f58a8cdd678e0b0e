import { setImmediate, setTimeout } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { beginEventStream, type ServicePrincipal } from '@platform/http';
import { DomainError } from '@platform/kernel';
import { gauge } from '@platform/telemetry';
import { ListSessionEnds } from '../application/session/list-session-ends.js';
import { type EndsRead, WatchSessionEnds } from '../application/session/watch-session-ends.js';
import type { FeedCursor } from '../domain/session/feed-cursor.js';
import { endsAsEvents, heartbeat, RETRY } from './revocation-events.js';
import { RevocationStream } from './revocation-stream.js';
import { Turns } from './turns.js';

/** What streams may cost, in numbers of them, bytes and milliseconds. */
export interface StreamLimits {
  maxStreams: number;
  /** Of one service account: none of them shuts the others out. */
  maxOfAccount: number;
  /** For each: what does not read is cut off. */
  maxBuffered: number;
  heartbeatMs: number;
  /** How often a stream is asked whether its service account may still have it. */
  recheckMs: number;
}
export const STREAM_LIMITS = Symbol('stream-limits');
export const DEFAULT_STREAM_LIMITS: StreamLimits = {
  maxStreams: 10_000,
  maxOfAccount: 5000,
  maxBuffered: 256 * 1024,
  heartbeatMs: 10_000,
  recheckMs: 1000,
};

/** A third of what may wait for a stream. */
const PAGE = 400;
/** Of the connections to PostgreSQL, so many are for streams that catch up. */
const CATCHING_UP_AT_ONCE = 3;
const RETRY_MS = 500;
/** After so many writes others have their turn on the processor. */
const SLICE = 500;

/** The open streams of this process. Each end is written once and the same bytes are handed to all. */
@Injectable()
export class RevocationStreams implements BeforeApplicationShutdown {
  private readonly logger = new Logger(RevocationStreams.name);
  private readonly streams = new Set<RevocationStream>();
  private readonly turns = new Turns(CATCHING_UP_AT_ONCE);
  private readonly timers: NodeJS.Timeout[] = [];
  /** By account; those that are being opened count as well. */
  private readonly taken = new Map<string, number>();
  private isClosing = false;

  constructor(
    private readonly list: ListSessionEnds,
    private readonly watch: WatchSessionEnds,
    @Inject(STREAM_LIMITS) private readonly limits: StreamLimits,
  ) {
    gauge('identity_revocation_listeners', 'Open streams of ended sessions.', [], (count) =>
      count.set(this.streams.size),
    );
  }

  /**
   * Answers with a stream that begins with what `cursor` does not know.
   * @throws DomainError `auth.too-many-streams`; `database.unavailable`, as long as nothing was answered
   */
  async open(
    caller: ServicePrincipal,
    cursor: FeedCursor | undefined,
    exchange: { request: FastifyRequest; reply: FastifyReply },
  ): Promise<void> {
    const release = this.reserve(caller.serviceAccountId);
    let isKept = false;
    try {
      await this.watch.start((read) => this.tell(read));
      const { from, items, next } = await this.turns.take(() => this.list.execute(cursor, PAGE));
      if (this.isClosing) throw tooManyStreams();
      const response = beginEventStream(exchange.request, exchange.reply);
      const stream = new RevocationStream(response, caller, this.limits.maxBuffered, next);
      if (!stream.isOpen) return;
      stream.onClose(release);
      isKept = true;
      this.add(stream);
      this.send(stream, RETRY + endsAsEvents(items, from, next) + heartbeat(next));
      void this.catchUp(stream);
    } finally {
      if (!isKept) release();
    }
  }

  /** @returns gives the place back; to be called once @throws DomainError `auth.too-many-streams` */
  private reserve(account: string): () => void {
    const ofAccount = this.taken.get(account) ?? 0;
    const all = [...this.taken.values()].reduce((sum, count) => sum + count, 0);
    if (this.isClosing || all >= this.limits.maxStreams || ofAccount >= this.limits.maxOfAccount)
      throw tooManyStreams();
    this.taken.set(account, ofAccount + 1);
    return () => {
      const left = (this.taken.get(account) ?? 1) - 1;
      if (left > 0) this.taken.set(account, left);
      else this.taken.delete(account);
    };
  }

  /** At once: a deployment waits for no stream, and its client finds another replica. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    this.timers.forEach((timer) => clearInterval(timer));
    this.streams.forEach((stream) => stream.end());
    await this.watch.stop();
  }

  private add(stream: RevocationStream): void {
    this.streams.add(stream);
    stream.onClose(() => this.streams.delete(stream));
    if (this.timers.length > 0) return;
    this.timers.push(
      setInterval(() => void this.beat(), this.limits.heartbeatMs).unref(),
      setInterval(() => void this.recheck(), this.limits.recheckMs).unref(),
    );
  }

  /**
   * It is among those who are told already, and reads what came before that: between its last page, which was read after
   * it had joined, and what it is told since, nothing is missing. Until then it is told with a cursor of its own.
   */
  private async catchUp(stream: RevocationStream): Promise<void> {
    while (stream.isOpen && !this.isClosing) {
      try {
        const { from, items, next } = await this.turns.take(() => this.list.execute(stream.position, PAGE));
        this.send(stream, endsAsEvents(items, from, next));
        stream.position = items.length < PAGE ? undefined : next;
        if (!stream.position) return;
        await stream.drained(); // a client that is slower than PostgreSQL is not one that does not read
      } catch {
        await setTimeout(RETRY_MS, undefined, { ref: false }); // the reader of all says that PostgreSQL is away
      }
    }
  }

  private async tell({ items, from, to }: EndsRead): Promise<void> {
    const bytes = Buffer.from(endsAsEvents(items, from, to));
    await this.each((stream) => {
      const own = stream.position;
      this.send(stream, own ? endsAsEvents(items, own, own) : bytes);
    });
  }

  private async beat(): Promise<void> {
    const { position } = this.watch;
    if (!position) return;
    const bytes = Buffer.from(heartbeat(position));
    await this.each((stream) => this.send(stream, stream.position ? heartbeat(stream.position) : bytes));
  }

  private async recheck(): Promise<void> {
    await this.each(async (stream) => {
      const may = await stream.caller.stillMay().catch(() => undefined);
      if (may === undefined) return false; // while nobody knows, there is nothing either that they might be told
      if (!may && stream.isOpen) {
        stream.end();
        this.logger.log(`a stream ended: ${stream.caller.name} may no longer have it`);
      }
      return true;
    });
  }

  private send(stream: RevocationStream, events: Buffer | string): void {
    if (!stream.send(events)) this.logger.warn(`a stream was cut off: ${stream.caller.name} does not read it`);
  }

  /** Until one of them answers false. */
  private async each(work: (stream: RevocationStream) => Promise<boolean> | void): Promise<void> {
    let done = 0;
    for (const stream of this.streams) {
      if ((await work(stream)) === false) return;
      done += 1;
      if (done % SLICE === 0) await setImmediate();
    }
  }
}

function tooManyStreams(): DomainError {
  return new DomainError({
    code: 'auth.too-many-streams',
    kind: 'unavailable',
    limit: 'revocation-streams',
    message: 'This process has as many streams as it may, or as your account may; another one may have room.',
    retryAfterSeconds: 1,
    level: 'warn',
  });
}
