import { Injectable } from '@nestjs/common';
import { LIMIT_CODES } from '@platform/config';
import { Database } from '@platform/database';
import { LimitRows } from '../../application/limits/limit-rows.js';
import { valueOf, type ValueColumns } from '../../domain/configuration/configuration-value.js';

const CODES = Object.values(LIMIT_CODES);
/** Another service may have made the table: its numbers may be numeric, its JSON json. */
const SELECT = `SELECT code, data_type, n_value::float8 AS n_value, t_value, b_value, j_value::jsonb AS j_value, bo_value
  FROM public."Configuration" WHERE code = ANY ($1::text[])`;

@Injectable()
export class PostgresLimitRows extends LimitRows {
  constructor(private readonly database: Database) {
    super();
  }

  async read() {
    const rows = await this.database.query<ValueColumns & { code: string }>(SELECT, [CODES]);
    const of = (code: string) => rows.filter((row) => row.code === code);
    return {
      values: new Map(
        CODES.flatMap((code) => (of(code).length === 1 ? of(code).map((row) => [code, valueOf(row)]) : [])),
      ),
      ambiguous: CODES.filter((code) => of(code).length > 1),
    };
  }
}
