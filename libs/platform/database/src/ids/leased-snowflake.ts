import { randomUUID } from 'node:crypto';
import { Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { type Clock, DomainError, type IdGenerator, Snowflake } from '@platform/kernel';
import type { Database } from '../database.js';

const LEASE_SECONDS = 60;
const RENEW_MS = 20_000;
const RETRY_MS = 500;
/** We stop this long before the lease lapses in the database, for statements that are under way. */
const MARGIN_MS = 10_000;
/** A worker id given back rests this long, so that the next owner's clock, if it is behind ours, has caught up. */
const REST_SECONDS = 15;
/** Leases come from the upper half, so that they never meet an id that somebody fixed by hand (usually 1). */
const FIRST_WORKER = 512;
const LAST_WORKER = 1023;

/**
 * Snowflakes under a worker id leased from PostgreSQL, so that replicas never collide. The lease is measured on the
 * monotonic clock from before the statement was sent: it can only be thought shorter than it is, never longer.
 */
export class LeasedSnowflake implements IdGenerator, OnApplicationBootstrap {
  private readonly logger = new Logger(LeasedSnowflake.name);
  private readonly owner = randomUUID();
  private lease?: { worker: number; validUntil: number };
  /** Outlives the lease: what comes under the next worker must be greater than what came under this one. */
  private generator?: Snowflake;
  private asking?: Promise<void>;
  private timer?: NodeJS.Timeout;
  private stopped = false;

  constructor(
    private readonly database: Pick<Database, 'query' | 'connected' | 'beforeClose'>,
    private readonly clock: Clock,
  ) {
    database.beforeClose(() => this.release());
  }

  next(): string {
    if (!this.lease || !this.generator || this.clock.monotonic() >= this.lease.validUntil) {
      throw new DomainError({
        code: 'ids.unavailable',
        kind: 'unavailable',
        level: 'warn',
        limit: 'ids',
        message: 'No worker id is leased at the moment.',
        retryAfterSeconds: 1,
      });
    }
    return this.generator.next();
  }

  /** The worker that is leased, if one is. */
  get worker(): number | undefined {
    return this.lease?.worker;
  }

  onApplicationBootstrap(): void {
    void this.database.connected().then(() => this.keepLease());
  }

  /** Gives the worker id back, to rest before somebody else gets it. */
  private async release(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.asking?.catch(() => undefined);
    if (!this.lease) return;
    const { worker } = this.lease;
    this.lease = undefined;
    await this.database
      .query(
        `UPDATE identity."WorkerLease" SET expires_at = now() + make_interval(secs => $3)
         WHERE worker_id = $1 AND owner = $2`,
        [worker, this.owner, REST_SECONDS],
      )
      .catch(() => undefined); // it lapses by itself
  }

  /**
   * Acquires or renews once; what `onApplicationBootstrap` repeats. Who calls while it is under way waits with it: two
   * statements at once would lease two workers and keep only one of them alive.
   */
  async acquireOrRenew(): Promise<void> {
    if (this.stopped) return;
    this.asking ??= this.ask().finally(() => (this.asking = undefined));
    await this.asking;
  }

  private async ask(): Promise<void> {
    const asked = this.clock.monotonic();
    const held = this.lease?.worker;
    const renewed = held === undefined ? undefined : await this.renew(held);
    if (renewed === undefined) this.lease = undefined;
    const worker = renewed ?? (await this.acquire());
    if (worker === undefined) return;
    if (renewed === undefined) this.generator = this.generator?.under(worker) ?? new Snowflake(worker, this.clock);
    this.lease = { worker, validUntil: asked + LEASE_SECONDS * 1000 - MARGIN_MS };
  }

  private async keepLease(): Promise<void> {
    if (this.stopped) return;
    try {
      const held = this.worker;
      await this.acquireOrRenew();
      if (this.worker !== held) this.logger.log(`leased snowflake worker ${this.worker ?? 'no more'}`);
    } catch (error) {
      this.logger.debug(`the snowflake lease waits: ${(error as Error).message}`);
    }
    const fresh = this.lease && this.lease.validUntil - this.clock.monotonic() > RENEW_MS;
    if (!this.stopped) this.timer = setTimeout(() => void this.keepLease(), fresh ? RENEW_MS : RETRY_MS);
  }

  /** One guarded statement: only the owner renews, and only while the lease lives. */
  private async renew(worker: number): Promise<number | undefined> {
    const [row] = await this.database.query<{ worker_id: number }>(
      `UPDATE identity."WorkerLease" SET expires_at = now() + make_interval(secs => $3)
       WHERE worker_id = $1 AND owner = $2 AND expires_at > now() RETURNING worker_id`,
      [worker, this.owner, LEASE_SECONDS],
    );
    return row?.worker_id;
  }

  /**
   * Any worker id that nobody holds: replicas that start together rarely ask for the same one, and one that lapsed is
   * seldom used again soon. The conflict clause makes one of two racing askers lose and ask again.
   */
  private async acquire(): Promise<number | undefined> {
    const [row] = await this.database.query<{ worker_id: number }>(
      `INSERT INTO identity."WorkerLease" AS l (worker_id, owner, expires_at)
       SELECT w, $1, now() + make_interval(secs => $2)
       FROM generate_series($3::int, $4::int) w
       WHERE NOT EXISTS (SELECT FROM identity."WorkerLease" h WHERE h.worker_id = w AND h.expires_at > now())
       ORDER BY random() LIMIT 1
       ON CONFLICT (worker_id) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at
         WHERE l.expires_at <= now()
       RETURNING worker_id`,
      [this.owner, LEASE_SECONDS, FIRST_WORKER, LAST_WORKER],
    );
    return row?.worker_id;
  }
}
