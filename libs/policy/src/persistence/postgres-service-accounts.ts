import { Inject, Injectable } from '@nestjs/common';
import { Database, ID_GENERATOR, type Queryable } from '@platform/database';
import { DomainError, type IdGenerator, LAST_ID } from '@platform/kernel';
import {
  type ListedServiceAccount,
  type LiveServiceAccount,
  type NewServiceAccount,
  ServiceAccounts,
} from '../application/service-accounts.js';

/** What says that there is nothing to do: the same secret and scopes, not revoked. */
const SAME = `(account.digest = $3::bytea AND account.scopes = $4::text[] AND account.revoked_at IS NULL)`;

/** Service accounts in PostgreSQL. */
@Injectable()
export class PostgresServiceAccounts extends ServiceAccounts {
  constructor(
    private readonly database: Database,
    @Inject(ID_GENERATOR) private readonly ids: IdGenerator,
  ) {
    super();
  }

  async put(
    { name, digest, scopes }: NewServiceAccount,
    replace: boolean,
    transaction: Queryable,
  ): Promise<{ id: string; result: 'created' | 'replaced' | 'unchanged' }> {
    const values = [this.ids.next(), name, digest, scopes];
    const [written] = await transaction.query<{ id: string; created: boolean }>(
      `INSERT INTO identity."ServiceAccount" AS account (id, name, digest, scopes)
       VALUES ($1::bigint, $2, $3::bytea, $4::text[])
       ON CONFLICT (name) DO UPDATE SET digest = excluded.digest, scopes = excluded.scopes, revoked_at = NULL
         WHERE $5::boolean AND NOT ${SAME}
       RETURNING id, id = $1::bigint AS created`,
      [...values, replace],
    );
    if (written) return { id: written.id, result: written.created ? 'created' : 'replaced' };
    const [same] = await transaction.query<{ id: string }>(
      `SELECT id FROM identity."ServiceAccount" account WHERE $1::bigint IS NOT NULL AND name = $2 AND ${SAME}`,
      values,
    );
    if (!same) throw alreadyExists(name);
    return { id: same.id, result: 'unchanged' };
  }

  async live(limit: number): Promise<LiveServiceAccount[]> {
    return await this.database.query<LiveServiceAccount>(
      'SELECT id, name, digest, scopes FROM identity."ServiceAccount" WHERE revoked_at IS NULL ORDER BY id LIMIT $1',
      [limit],
    );
  }

  async countLive(transaction: Queryable): Promise<number> {
    const sql = 'SELECT count(*)::int AS count FROM identity."ServiceAccount" WHERE revoked_at IS NULL';
    return (await transaction.query<{ count: number }>(sql))[0]?.count ?? 0;
  }

  async page(limit: number, below = LAST_ID): Promise<ListedServiceAccount[]> {
    return await this.database.query<ListedServiceAccount>(
      `SELECT id, name, scopes, created_at AS "createdAt", last_used_at AS "lastUsedAt", revoked_at AS "revokedAt"
       FROM identity."ServiceAccount" WHERE id < $2::bigint ORDER BY id DESC LIMIT $1`,
      [limit, below],
    );
  }

  async revoke(
    { id, name }: { id?: string; name?: string },
    transaction: Queryable,
  ): Promise<{ id: string; name: string } | undefined> {
    const [revoked] = await transaction.query<{ id: string; name: string }>(
      `UPDATE identity."ServiceAccount" SET revoked_at = now()
       WHERE (id = $1::bigint OR name = $2::text) AND revoked_at IS NULL RETURNING id, name`,
      [id ?? null, name ?? null],
    );
    return revoked;
  }

  /** Half of the minute after which a process asks again: its clock and this one would not agree on a whole one. */
  async markUsed(id: string): Promise<void> {
    await this.database.query(
      `UPDATE identity."ServiceAccount" SET last_used_at = now()
       WHERE id = $1 AND revoked_at IS NULL AND (last_used_at IS NULL OR last_used_at < now() - interval '30 s')`,
      [id],
    );
  }
}

function alreadyExists(name: string): DomainError {
  const message = `There is a service account ${name} already; its secret cannot be shown again.`;
  return new DomainError({ code: 'policy.service-account-exists', kind: 'conflict', message });
}
