import { Inject, Injectable, Logger } from '@nestjs/common';
import { type HealthIndicatorResult, HealthIndicatorService } from '@nestjs/terminus';
import { DomainError, type IdGenerator } from '@platform/kernel';
import { Database } from './database.js';
import { ID_GENERATOR } from './ids/id-generator.js';
import { migrationNames, neededMigrations } from './migrate.js';

const FAILURES_TO_DOWN = 3;

/** Readiness of PostgreSQL and of its schema: ready after the first answer, down again after three failures in a row. */
@Injectable()
export class DatabaseIndicator {
  private readonly logger = new Logger(DatabaseIndicator.name);
  private failures = FAILURES_TO_DOWN;
  private schemaCurrent = false;
  private underWay: Promise<HealthIndicatorResult<'database'>> | undefined;

  constructor(
    private readonly database: Database,
    private readonly health: HealthIndicatorService,
    @Inject(ID_GENERATOR) private readonly ids: IdGenerator,
  ) {}

  /** Whoever asks while a check is under way gets its answer: three probes at once are not three failures in a row. */
  check(): Promise<HealthIndicatorResult<'database'>> {
    this.underWay ??= this.probe().finally(() => (this.underWay = undefined));
    return this.underWay;
  }

  private async probe(): Promise<HealthIndicatorResult<'database'>> {
    const indicator = this.health.check('database');
    try {
      if (!this.schemaCurrent) await this.checkSchema();
      else await this.database.query('SELECT 1');
      this.failures = 0;
      return indicator.up();
    } catch (error) {
      this.failures = Math.min(this.failures + 1, FAILURES_TO_DOWN);
      const reason = { reason: this.reasonOf(error), failures: this.failures };
      return this.failures < FAILURES_TO_DOWN ? indicator.degraded(reason) : indicator.down(reason);
    }
  }

  /** PostgreSQL's own words name tables and roles, and anybody may ask: they are for the log. */
  private reasonOf(error: unknown): string {
    if (error instanceof DomainError) return error.message;
    this.logger.error({ msg: 'the check of the database failed', err: error });
    return 'unexpected, see the log';
  }

  /** A newer schema is fine, and so is that of the release before: two versions run beside each other while one follows. */
  private async checkSchema(): Promise<void> {
    const [table] = await this.database.query<{ present: boolean }>(
      `SELECT to_regclass('identity."SchemaMigration"') IS NOT NULL AS present`,
    );
    const applied = table?.present
      ? await this.database.query<{ name: string }>('SELECT name FROM identity."SchemaMigration"')
      : [];
    const names = new Set(applied.map((row) => row.name));
    const missing = (of: readonly string[]) => of.filter((name) => !names.has(name)).join(', ');
    if (missing(neededMigrations)) throw behind(missing(neededMigrations));
    if (missing(migrationNames))
      this.logger.warn(`serving on the schema before: ${missing(migrationNames)} not applied`);
    this.ids.next(); // throws until a worker id is leased: the first request after readiness may need one
    this.schemaCurrent = true;
  }
}

function behind(missing: string): DomainError {
  const message = `waiting for migrations: ${missing}`;
  return new DomainError({ code: 'database.schema-behind', kind: 'unavailable', message });
}
