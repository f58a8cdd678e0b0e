import { Inject, Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { CLOCK } from '@platform/config';
import { Database } from '@platform/database';
import { type Clock, DomainError } from '@platform/kernel';
import { type Configuration, Configurations } from '../../application/configuration/configurations.js';
import { valueOf, type ValueColumns } from '../../domain/configuration/configuration-value.js';
import { CredentialBox, unusable } from '../../domain/configuration/credential-box.js';
import { Refreshed } from './refreshed.js';

/** Well below the 30 seconds in which a change must be seen, and few statements even for a busy worker. */
const MAX_AGE_MS = 10_000;
const RETRY_MS = 2000;
/** Codes and groups that are asked for are named in our code; the bound is for the mistake of another day. */
const MAX_KEPT = 100;

interface Row extends ValueColumns {
  code: string;
  group: string | null;
  credential: string | null;
}

/** Another service may have made the table: its numbers may be numeric, its JSON json. */
const SELECT = `SELECT code, "group", data_type, n_value::float8 AS n_value, t_value, b_value, j_value::jsonb AS j_value,
  bo_value, credential FROM public."Configuration"`;
const BY_CODE = `${SELECT} WHERE code = $1::text`;
const BY_GROUP = `${SELECT} WHERE "group" = $1::text ORDER BY code`;

/** public."Configuration", kept for seconds as it is stored: credentials are opened for each use. */
@Injectable()
export class PostgresConfigurations extends Configurations {
  private readonly logger = new Logger(PostgresConfigurations.name);
  private readonly kept = new LRUCache<string, Refreshed<Row[]>>({ max: MAX_KEPT });

  constructor(
    private readonly database: Database,
    private readonly credentials: CredentialBox,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {
    super();
  }

  async find(code: string): Promise<Configuration | undefined> {
    const [row, ...others] = await this.rows(BY_CODE, code);
    if (others.length > 0) throw unusable(code, 'it has more than one row');
    if (!row) return undefined;
    const { fault, ...configuration } = this.open(row);
    if (fault) throw fault;
    return configuration;
  }

  async listGroup(group: string): Promise<Configuration[]> {
    return (await this.rows(BY_GROUP, group)).map((row) => this.open(row));
  }

  private async rows(sql: string, name: string): Promise<Row[]> {
    const key = `${sql} ${name}`;
    let rows = this.kept.get(key);
    if (!rows) {
      rows = new Refreshed({
        load: () => this.database.query<Row>(sql, [name]),
        clock: this.clock,
        maxAgeMs: MAX_AGE_MS,
        retryMs: RETRY_MS,
        survives: (error) => this.isAway(error),
      });
      this.kept.set(key, rows);
    }
    return await rows.get();
  }

  private isAway(error: unknown): boolean {
    const isAway = error instanceof DomainError && error.code === 'database.unavailable';
    if (isAway) this.logger.warn('PostgreSQL is away; the configuration stays as it was last read');
    return isAway;
  }

  private open(row: Row): Configuration {
    const { code, group, credential } = row;
    const configuration = { code, group, value: valueOf(row) };
    if (credential === null) return configuration;
    try {
      return { ...configuration, credential: this.credentials.open(code, credential) };
    } catch (fault) {
      if (fault instanceof DomainError) return { ...configuration, fault };
      throw fault;
    }
  }
}
