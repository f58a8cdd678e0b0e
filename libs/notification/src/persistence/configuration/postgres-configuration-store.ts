import { Inject, Injectable } from '@nestjs/common';
import { Database, ID_GENERATOR, type Queryable } from '@platform/database';
import { DomainError, type IdGenerator } from '@platform/kernel';
import {
  type ConfigurationChange,
  ConfigurationStore,
  type StoredConfiguration,
} from '../../application/configuration/configuration-store.js';
import type { TypedValue } from '../../domain/configuration/configuration-value.js';

/** Not every such table has a unique code (rows of others may share one), so that ON CONFLICT (code) is no way. */
const LOCK = `SELECT pg_advisory_xact_lock(hashtextextended('public.Configuration ' || $1::text, 0))`;

const COMMON = `"group" = coalesce($2::text, "group"), description = coalesce($3::text, description),
  credential = coalesce($4::text, credential)`;
const COMMON_DIFFERS = `($4::text IS NOT NULL OR "group" IS DISTINCT FROM coalesce($2::text, "group")
  OR description IS DISTINCT FROM coalesce($3::text, description))`;

const UPDATE = `UPDATE public."Configuration" SET ${COMMON}, updated_at = now()
  WHERE code = $1::text AND ${COMMON_DIFFERS} RETURNING code`;

const UPDATE_WITH_VALUE = `UPDATE public."Configuration" SET ${COMMON}, updated_at = now(),
    data_type = $5::text, n_value = $6::float8, t_value = $7::text, j_value = $8::jsonb, bo_value = $9::boolean,
    b_value = NULL
  WHERE code = $1::text AND (${COMMON_DIFFERS} OR b_value IS NOT NULL
    OR (data_type, n_value::float8, t_value, j_value::jsonb, bo_value) IS DISTINCT FROM
      ($5::text, $6::float8, $7::text, $8::jsonb, $9::boolean))
  RETURNING code`;

/** The id has no type here: it becomes what the column is, bigint with us and text with some others. */
const INSERT = `INSERT INTO public."Configuration"
    (code, "group", description, credential, data_type, n_value, t_value, j_value, bo_value, id, updated_at)
  VALUES ($1, coalesce($2::text, $3), $4, $5, $6, $7, $8, $9, $10, $11, now()) ON CONFLICT DO NOTHING RETURNING code`;

const LIST = `SELECT code, "group", description, data_type AS "dataType", credential, updated_at AS "updatedAt"
  FROM public."Configuration"`;

const FIRST = 'ORDER BY code FETCH FIRST ($2::integer) ROWS WITH TIES';

/** Whoever loses to another service's INSERT finds its row the second time. */
const ATTEMPTS = 2;

/** The writers' side of public."Configuration". */
@Injectable()
export class PostgresConfigurationStore extends ConfigurationStore {
  constructor(
    private readonly database: Database,
    @Inject(ID_GENERATOR) private readonly ids: IdGenerator,
  ) {
    super();
  }

  async put(change: ConfigurationChange, transaction: Queryable): Promise<'created' | 'changed' | 'unchanged'> {
    const { code, value } = change;
    await transaction.query(LOCK, [code]);
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      if (await update(change, transaction)) return 'changed';
      const present = await transaction.query('SELECT FROM public."Configuration" WHERE code = $1::text', [code]);
      if (present.length > 0) return 'unchanged';
      if (!value) throw unknown(code);
      if (await this.insert({ ...change, value }, transaction)) return 'created';
    }
    throw new DomainError({
      code: 'configuration.conflict',
      kind: 'conflict',
      message: `The configuration ${code} is being changed by another; try again.`,
    });
  }

  async holdsCredential(code: string, transaction: Queryable): Promise<boolean> {
    await transaction.query(LOCK, [code]);
    const held = await transaction.query(
      'SELECT FROM public."Configuration" WHERE code = $1::text AND credential IS NOT NULL',
      [code],
    );
    return held.length > 0;
  }

  async remove(code: string, transaction: Queryable): Promise<boolean> {
    await transaction.query(LOCK, [code]);
    const removed = await transaction.query('DELETE FROM public."Configuration" WHERE code = $1::text RETURNING code', [
      code,
    ]);
    return removed.length > 0;
  }

  async list(group?: string): Promise<StoredConfiguration[]> {
    return group === undefined
      ? await this.database.query(`${LIST} ORDER BY code`)
      : await this.database.query(`${LIST} WHERE "group" = $1::text ORDER BY code`, [group]);
  }

  async page({ limit, after = '', group }: { limit: number; after?: string; group?: string }) {
    return group === undefined
      ? await this.database.query<StoredConfiguration>(`${LIST} WHERE code > $1::text ${FIRST}`, [after, limit])
      : await this.database.query<StoredConfiguration>(
          `${LIST} WHERE code > $1::text AND "group" = $3::text ${FIRST}`,
          [after, limit, group],
        );
  }

  async replaceCredential(code: string, sealed: string, by: string): Promise<boolean> {
    const changed = await this.database.query(
      `UPDATE public."Configuration" SET credential = $3::text, updated_at = now()
       WHERE code = $1::text AND credential = $2::text RETURNING code`,
      [code, sealed, by],
    );
    return changed.length > 0;
  }

  private async insert(
    { code, group, description, credential, value }: ConfigurationChange & { value: TypedValue },
    transaction: Queryable,
  ): Promise<boolean> {
    const defaultGroup = code.slice(0, Math.max(code.lastIndexOf('.'), 0)) || code;
    const common = [code, group ?? null, defaultGroup, description ?? null, credential ?? null];
    const made = await transaction.query(INSERT, [...common, ...valueParameters(value), this.ids.next()]);
    return made.length > 0;
  }
}

async function update(
  { code, group, description, credential, value }: ConfigurationChange,
  transaction: Queryable,
): Promise<boolean> {
  const common = [code, group ?? null, description ?? null, credential ?? null];
  const changed = value
    ? await transaction.query(UPDATE_WITH_VALUE, [...common, ...valueParameters(value)])
    : await transaction.query(UPDATE, common);
  return changed.length > 0;
}

/** data_type and the columns of numbers, texts, JSON and truth values, of which one is set. */
function valueParameters({ type, value }: TypedValue): unknown[] {
  const only = (its: TypedValue['type']) => (type === its ? value : null);
  return [type, only('NUMBER'), only('TEXT'), type === 'JSON' ? JSON.stringify(value) : null, only('BOOLEAN')];
}

function unknown(code: string): DomainError {
  return new DomainError({
    code: 'configuration.unknown',
    kind: 'not-found',
    message: `There is no configuration ${code} yet: give it a value.`,
  });
}
