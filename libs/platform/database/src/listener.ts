import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { withDeadline } from '@platform/kernel';
import type { Queryable } from './database.js';

const CONNECT_MS = 1000;
const PING_MS = 1000;
/** A call that comes back later counts for one that never does. */
const ECHO_MS = 1000;
/** A pool that is busy says nothing about the connection that listens; that it does so for long may hide a dead one. */
const MAX_MISSED = 3;
const RETRY_MS = [50, 200, 500, 1000, 2000];
/** A pooler never gets better, and each try leaves a LISTEN with a connection that belongs to others. */
const POOLER_RETRY_MS = 60_000;
const TRIES_WITHOUT_ECHO = 3;

/** What the connection is told comes, what it is to hear does not. */
class Unheard extends Error {
  constructor() {
    super('no echo: does a pooler share the connection?');
  }
}

/** Who listens. */
export interface Ear {
  /** Whatever is told from now on is heard. @param snapshot what was committed by then (`pg_current_snapshot()`) */
  began(snapshot: string): void;
  /** Something may be told that is not heard. */
  ended(): void;
  heard(message: string): void;
}

/**
 * Listens on a channel of PostgreSQL (LISTEN) through a connection of its own, and knows when it does not hear: every
 * second it is called through the pool. Behind a pooler that shares connections it never hears, and says so.
 */
export class Listener {
  private readonly logger = new Logger(Listener.name);
  private readonly stopping = new AbortController();
  private readonly echo = `identity_echo_${randomUUID().replaceAll('-', '')}`;
  private running?: Promise<void>;

  /**
   * @param url PostgreSQL URL of the service's role
   * @param channel a constant: it is part of a statement
   * @param pool what it is called through
   */
  constructor(
    private readonly url: string,
    private readonly channel: string,
    private readonly ear: Ear,
    private readonly pool: Queryable,
  ) {}

  /** Returns at once; the first call counts. */
  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    let unheard = 0;
    for (let failures = 0; !this.stopping.signal.aborted; failures += 1) {
      const client = new pg.Client({
        connectionString: this.url,
        connectionTimeoutMillis: CONNECT_MS,
        query_timeout: CONNECT_MS,
        application_name: 'nx-seller-identity listener',
        keepAlive: true,
      });
      client.on('error', () => undefined); // `end` comes after it
      const heard = () => {
        if (failures > 0) this.logger.log(`listening on ${this.channel} again`);
        failures = 0;
        unheard = 0;
      };
      await this.listen(client, heard).catch((error: Error) => {
        unheard = error instanceof Unheard ? unheard + 1 : 0;
        this.tell(failures, error);
      });
      this.ear.ended();
      // A server that froze never confirms the end.
      await withDeadline(client.end(), CONNECT_MS, () => new Error('no end')).catch(() => undefined);
      const soon = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? PING_MS;
      await this.pause(unheard >= TRIES_WITHOUT_ECHO ? POOLER_RETRY_MS : soon);
    }
  }

  /** Once an outage: PostgreSQL restarts, and a pooler never gets better. */
  private tell(failures: number, { message }: Error): void {
    if (failures === 2) this.logger.warn(`not listening on ${this.channel}: ${message}`);
  }

  /** Listens until the connection ends or is silent: then it throws. */
  private async listen(client: pg.Client, heard: () => void): Promise<void> {
    const broken = new AbortController();
    let echoed: () => void = () => undefined;
    const mustStand = () => {
      if (broken.signal.aborted) throw new Error('the connection has ended');
    };
    client.on('end', () => {
      broken.abort();
      echoed();
    });
    // One for all: several messages may come at once.
    client.on('notification', ({ channel, payload = '' }) => {
      if (channel === this.channel) this.ear.heard(payload);
      else echoed();
    });
    await client.connect();
    await client.query(`LISTEN ${this.channel}; LISTEN ${this.echo}`);
    for (let calls = 0, missed = 0; !this.stopping.signal.aborted && missed < MAX_MISSED; calls += 1) {
      const echo = new Promise<void>((resolve) => (echoed = resolve));
      const snapshot = await this.call().catch((error: Error) => {
        if (calls === 0) throw error; // nothing was announced yet
        return undefined;
      });
      missed = snapshot === undefined ? missed + 1 : 0;
      if (snapshot !== undefined) {
        await withDeadline(echo, ECHO_MS, () => new Unheard());
        mustStand();
        if (calls === 0) this.ear.began(snapshot);
        heard();
      }
      if (missed < MAX_MISSED) await this.pause(PING_MS, broken.signal);
      mustStand();
    }
  }

  /** Has itself called. @returns what was committed by then */
  private async call(): Promise<string> {
    const [row] = await this.pool.query<{ snapshot: string }>(
      `SELECT pg_notify($1, '')::text, pg_current_snapshot()::text AS snapshot`,
      [this.echo],
    );
    return row?.snapshot ?? '';
  }

  private async pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const either = signal ? AbortSignal.any([signal, this.stopping.signal]) : this.stopping.signal;
    await setTimeout(milliseconds, undefined, { signal: either, ref: false }).catch(() => undefined);
  }
}
