import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import pg from 'pg';
import { withDeadline } from '@platform/kernel';
import type { Queryable } from './database.js';

const CONNECT_MS = 1000;
const PING_MS = 1000;
/** A call that comes back later counts for one that never does. */
const ECHO_MS = 1000;
const RETRY_MS = [50, 200, 500, 1000, 2000];

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
    for (let failures = 0; !this.stopping.signal.aborted; failures += 1) {
      const client = new pg.Client({
        connectionString: this.url,
        connectionTimeoutMillis: CONNECT_MS,
        application_name: 'nx-seller-identity listener',
        keepAlive: true,
      });
      client.on('error', () => undefined); // `end` comes after it
      await this.listen(client, () => (failures = 0)).catch((error: Error) =>
        this.logger.debug(`not listening: ${error.message}`),
      );
      this.ear.ended();
      // A server that froze never confirms the end.
      await withDeadline(client.end(), CONNECT_MS, () => new Error('no end')).catch(() => undefined);
      await this.pause(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? PING_MS);
    }
  }

  /** Listens until the connection ends or is silent: then it throws. */
  private async listen(client: pg.Client, heard: () => void): Promise<void> {
    const broken = new AbortController();
    client.on('end', () => broken.abort());
    client.on('notification', ({ channel, payload = '' }) => {
      if (channel === this.channel) this.ear.heard(payload);
    });
    await client.connect();
    await client.query(`LISTEN ${this.channel}; LISTEN ${this.echo}`);
    for (let announced = false; !this.stopping.signal.aborted; announced = true) {
      const snapshot = await this.call(client, broken.signal);
      if (!announced) this.ear.began(snapshot);
      heard();
      await this.pause(PING_MS, broken.signal);
    }
  }

  /** Has itself called, and waits to hear it. @returns what was committed when the call was made */
  private async call(client: pg.Client, broken: AbortSignal): Promise<string> {
    const echo = this.nextEcho(client, broken);
    echo.catch(() => undefined);
    const [row] = await this.pool.query<{ snapshot: string }>(
      `SELECT pg_notify($1, '')::text, pg_current_snapshot()::text AS snapshot`,
      [this.echo],
    );
    await withDeadline(echo, ECHO_MS, () => new Error('no echo'));
    return row?.snapshot ?? '';
  }

  private async nextEcho(client: pg.Client, signal: AbortSignal): Promise<void> {
    for (;;) {
      const [{ channel }] = (await once(client, 'notification', { signal })) as [pg.Notification];
      if (channel === this.echo) return;
    }
  }

  private async pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
    const either = signal ? AbortSignal.any([signal, this.stopping.signal]) : this.stopping.signal;
    await setTimeout(milliseconds, undefined, { signal: either, ref: false }).catch(() => undefined);
  }
}
