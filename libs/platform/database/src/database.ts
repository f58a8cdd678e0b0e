import { createHash } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { DomainError, withDeadline } from '@platform/kernel';
import { abandon, type PgClient } from './abandon.js';
import { inPostgresSpan, inStatementSpan } from './database-spans.js';
import { databaseUnavailable, isConnectionLost, toDatabaseUnavailable } from './database-errors.js';

/** A request must be told within a second that PostgreSQL is away; this leaves room for the answer itself. */
const DEADLINE_MS = 850;
/** How long the shutdown waits for a connection that is being made: longer than one attempt takes. */
const CONNECT_PATIENCE_MS = 2000;
const RETRY_MS = [100, 200, 400, 800, 1600, 3000];
/**
 * What becomes of names behind a pooler that shares connections (the statement is on another one, or here already), and
 * of plans after a migration has changed a column's type.
 */
const UNPREPARED_STATES = new Set(['26000', '42P05', '0A000']);
const statementNames = new Map<string, string>();

/** What a statement can be sent through: the pool, or one transaction. Parameters are `$1`, `$2` … */
export interface Queryable {
  query<Row = unknown>(sql: string, parameters?: unknown[]): Promise<Row[]>;
}

/** What of pg's pool and of the connections it lends is needed here; TypeORM has no type for them. */
interface Pool {
  connect(): Promise<Connection>;
}
interface Connection extends PgClient {
  query<Row>(statement: { name?: string; text: string; values?: unknown[] }): Promise<{ rows: Row[] }>;
  on(event: 'error', listener: () => void): void;
  off(event: 'error', listener: () => void): void;
  release(): void;
}
/** A connection for the time of one `query` or `transaction`. */
interface Loan {
  connection: Connection;
  isOver: boolean;
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
   * @param sql a constant: every connection keeps its plan
   * @throws DomainError `database.unavailable`
   */
  async query<Row = unknown>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return await inStatementSpan(sql, () =>
      this.preparing(() => this.withConnection((loan) => this.send<Row>(loan, sql, parameters))),
    );
  }

  /**
   * Statements that succeed or fail together. `work` gets the transaction; nothing outside it may be touched in it, and
   * jobs are enqueued after it returns.
   * @param deadlineMs for the whole of it, in milliseconds; longer than a request may take only for an operator's work
   * @throws DomainError `database.unavailable`; whatever `work` throws, after the rollback
   */
  async transaction<T>(work: (transaction: Queryable) => Promise<T>, deadlineMs = DEADLINE_MS): Promise<T> {
    return await inPostgresSpan('TRANSACTION', () =>
      this.preparing(() => this.withConnection((loan) => this.commit(loan, work), deadlineMs)),
    );
  }

  private async commit<T>(loan: Loan, work: (transaction: Queryable) => Promise<T>): Promise<T> {
    await loan.connection.query({ text: 'BEGIN' });
    try {
      const result = await work({
        query: (sql, parameters) => inStatementSpan(sql, () => this.send(loan, sql, parameters)),
      });
      lentOut(loan);
      await loan.connection.query({ text: 'COMMIT' });
      return result;
    } catch (error) {
      if (!loan.isOver) await loan.connection.query({ text: 'ROLLBACK' }).catch(ignore);
      throw error;
    }
  }

  /** Work through TypeORM's entities, under the same deadline. */
  async entities<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    if (!this.dataSource.isInitialized) throw databaseUnavailable();
    const runner = this.dataSource.createQueryRunner();
    const connecting = runner.connect() as Promise<PgClient>;
    return await inPostgresSpan('ENTITIES', () =>
      withinDeadline(
        connecting,
        () => work(runner.manager),
        () => runner.release(),
      ),
    );
  }

  /** Named, which TypeORM cannot do: planning a statement of ours each time costs more than its work. */
  private async send<Row>(loan: Loan, sql: string, parameters: unknown[] = []): Promise<Row[]> {
    const statement = { text: sql, values: parameters, ...(this.canPrepare && { name: statementName(sql) }) };
    return (await lentOut(loan).query<Row>(statement)).rows;
  }

  /** Does `work`, and does it again without prepared statements if it was refused for them: nothing was done then. */
  private async preparing<T>(work: () => Promise<T>): Promise<T> {
    const prepared = this.canPrepare;
    try {
      return await work();
    } catch (error) {
      if (!prepared || !UNPREPARED_STATES.has((error as { code?: string }).code ?? '')) throw error;
      this.canPrepare = false;
      this.logger.log(`statements are no longer prepared: ${(error as Error).message}`);
      return await work();
    }
  }

  /** Past TypeORM, whose runner makes an entity manager for each statement. */
  private async withConnection<T>(work: (loan: Loan) => Promise<T>, deadlineMs = DEADLINE_MS): Promise<T> {
    if (!this.dataSource.isInitialized) throw databaseUnavailable();
    const pool = (this.dataSource.driver as PostgresDriver).master as Pool;
    let loan: Loan | undefined;
    return await withinDeadline(
      pool.connect(),
      (connection) => {
        connection.on('error', ignore); // the statement under way rejects; without a listener the process would end
        return work((loan = { connection, isOver: false }));
      },
      (connection) => {
        if (loan) loan.isOver = true;
        connection.off('error', ignore);
        connection.release();
      },
      deadlineMs,
    );
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

/** Does `work` and gives the connection back, or gives it up when it does not answer in time or has ended. */
async function withinDeadline<Client extends PgClient, T>(
  connecting: Promise<Client>,
  work: (client: Client) => Promise<T>,
  release: (client: Client) => unknown,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  try {
    return await withDeadline(connecting.then(work), deadlineMs, () =>
      databaseUnavailable(new Error(`no answer within ${deadlineMs} ms`)),
    );
  } catch (error) {
    if (error instanceof DomainError && error.code === 'database.unavailable')
      connecting.then(abandon, ignore).catch(ignore);
    // The server's last word comes before the end of the connection: the pool must not lend it once more in between.
    if (isConnectionLost(error)) connecting.then((client) => client.end(), ignore).catch(ignore);
    throw toDatabaseUnavailable(error) ?? error;
  } finally {
    connecting.then(release, ignore).catch(ignore);
  }
}

/** @throws Error once it was given back: by now the connection may be another request's */
function lentOut({ connection, isOver }: Loan): Connection {
  if (isOver) throw new Error('the connection was given back already');
  return connection;
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
