import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource, type EntityManager, type QueryRunner } from 'typeorm';
import { DomainError, withDeadline } from '@platform/kernel';
import { abandon, type PgClient } from './abandon.js';
import { databaseUnavailable, toDatabaseUnavailable } from './database-errors.js';

/** A request must be told within a second that PostgreSQL is away; this leaves room for the answer itself. */
const DEADLINE_MS = 850;
/** How long the shutdown waits for a connection that is being made: longer than one attempt takes. */
const CONNECT_PATIENCE_MS = 2000;
const RETRY_MS = [100, 200, 400, 800, 1600, 3000];
/** What a pooler that shares connections makes of names: the statement is on another connection, or here already. */
const POOLER_STATES = new Set(['26000', '42P05']);
const statementNames = new Map<string, string>();

/** What a statement can be sent through: the pool, or one transaction. Parameters are `$1`, `$2` … */
export interface Queryable {
  query<Row = unknown>(sql: string, parameters?: unknown[]): Promise<Row[]>;
}

/** The connection below TypeORM, which knows no names for statements. */
interface Connection extends PgClient {
  query<Row>(statement: { name: string; text: string; values: unknown[] }): Promise<{ rows: Row[] }>;
}

/**
 * The only way from a request to PostgreSQL: every use has a deadline, and trouble with the connection becomes
 * `database.unavailable` (503). Connects in the background, so that the service starts, publishes its keys and tells
 * what it waits for while PostgreSQL is away.
 */
@Injectable()
export class Database implements Queryable, OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Database.name);
  private readonly closing = new AbortController();
  private readonly firstConnection = Promise.withResolvers<void>();
  private readonly lastWorks: (() => Promise<void>)[] = [];
  private connecting?: Promise<void>;
  private canPrepare = true;

  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  onApplicationBootstrap(): void {
    this.connecting = this.connect();
  }

  /** Settles once PostgreSQL has answered for the first time. */
  async connected(): Promise<void> {
    await this.firstConnection.promise;
  }

  /** Has `work` done at the shutdown, while PostgreSQL can still be asked. */
  beforeClose(work: () => Promise<void>): void {
    this.lastWorks.push(work);
  }

  async onApplicationShutdown(): Promise<void> {
    this.closing.abort();
    // A server that froze in the middle of it must not keep the process from ending.
    await withDeadline(Promise.resolve(this.connecting), CONNECT_PATIENCE_MS, () => databaseUnavailable()).catch(
      ignore,
    );
    await Promise.allSettled(this.lastWorks.map((work) => work()));
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  /**
   * One statement.
   * @throws DomainError `database.unavailable`
   */
  async query<Row = unknown>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return await this.withRunner((runner) => rows<Row>(runner, sql, parameters));
  }

  /**
   * One statement that every connection plans once, for those that are sent all the time: planning can cost more than
   * the work. Behind a pooler that keeps no prepared statements apart it is sent as by `query`.
   * @param sql a constant, since every connection keeps it
   * @throws DomainError `database.unavailable`
   */
  async prepared<Row = unknown>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    if (!this.canPrepare) return await this.query<Row>(sql, parameters);
    const statement = { name: statementName(sql), text: sql, values: parameters };
    try {
      return await this.withRunner(async (_runner, client) => (await client.query<Row>(statement)).rows);
    } catch (error) {
      // Refused before anything was done, so it can be sent again.
      if (!POOLER_STATES.has((error as { code?: string }).code ?? '')) throw error;
      this.canPrepare = false;
      this.logger.log('no prepared statements: a pooler stands between');
      return await this.query<Row>(sql, parameters);
    }
  }

  /**
   * Statements that succeed or fail together. `work` gets the transaction; nothing outside it may be touched in it, and
   * jobs are enqueued after it returns.
   * @throws DomainError `database.unavailable`; whatever `work` throws, after the rollback
   */
  async transaction<T>(work: (transaction: Queryable) => Promise<T>): Promise<T> {
    return await this.withRunner(async (runner) => {
      await runner.startTransaction();
      try {
        const result = await work({ query: (sql, parameters) => rows(runner, sql, parameters) });
        await runner.commitTransaction();
        return result;
      } catch (error) {
        if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
        throw error;
      }
    });
  }

  /** Work through TypeORM's entities, under the same deadline. */
  async entities<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return await this.withRunner((runner) => work(runner.manager));
  }

  private async withRunner<T>(work: (runner: QueryRunner, client: Connection) => Promise<T>): Promise<T> {
    if (!this.dataSource.isInitialized) throw databaseUnavailable();
    const runner = this.dataSource.createQueryRunner();
    const client = runner.connect() as Promise<Connection>;
    try {
      return await withDeadline(
        client.then((connection) => work(runner, connection)),
        DEADLINE_MS,
        () => databaseUnavailable(new Error(`no answer within ${DEADLINE_MS} ms`)),
      );
    } catch (error) {
      if (error instanceof DomainError && error.code === 'database.unavailable')
        client.then(abandon, ignore).catch(ignore);
      throw toDatabaseUnavailable(error) ?? error;
    } finally {
      client.then(() => runner.release(), ignore).catch(ignore);
    }
  }

  private async connect(): Promise<void> {
    for (let attempt = 0; !this.closing.signal.aborted && !this.dataSource.isInitialized; attempt += 1) {
      try {
        await this.dataSource.initialize();
        this.logger.log('PostgreSQL answers');
        this.firstConnection.resolve();
      } catch (error) {
        const wait = RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)] ?? 3000;
        this.logger.warn(`waiting for PostgreSQL, next try in ${wait} ms: ${(error as Error).message}`);
        await setTimeout(wait, undefined, { signal: this.closing.signal }).catch(ignore);
      }
    }
  }
}

/** The same for the same text in every process and release: behind a pooler they share connections. */
function statementName(sql: string): string {
  let name = statementNames.get(sql);
  if (!name) statementNames.set(sql, (name = createHash('sha256').update(sql).digest('hex').slice(0, 32)));
  return name;
}

function ignore(): undefined {
  return undefined;
}

/** TypeORM answers `[rows, count]` for UPDATE and DELETE and plain rows for the rest; callers want the rows. */
async function rows<Row>(runner: QueryRunner, sql: string, parameters?: unknown[]): Promise<Row[]> {
  const result = await runner.query(sql, parameters, true);
  return result.records as Row[];
}
