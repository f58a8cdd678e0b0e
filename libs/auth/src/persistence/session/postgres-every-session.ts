import { Injectable } from '@nestjs/common';
import { Database } from '@platform/database';
import { EverySession, type SessionPlace } from '../../application/session/end-every-session.js';
import type { EndReason } from '../../domain/session/session.js';

/** Few enough to hold their rows for some ten milliseconds: refreshes of others wait for these alone. */
const BATCH = 1000;
/** A refresh or a sign-out may hold one of the rows for as long as a request takes, and then some. */
const DEADLINE_MS = 10_000;

/** Walks the index of the live sessions, so that the many that have ended cost nothing. */
const END_SOME = `
  WITH batch AS (
    SELECT user_id, id FROM identity."Session"
    WHERE ended_at IS NULL AND (user_id, id) > ($1::bigint, $2::bigint)
      AND created_at <= $3::timestamptz AND expires_at > now()
    ORDER BY user_id, id LIMIT ${BATCH}
  ), ended AS (
    UPDATE identity."Session" s SET ended_at = now(), end_reason = $4 FROM batch
    WHERE s.id = batch.id AND s.ended_at IS NULL RETURNING s.id
  ) SELECT batch.user_id AS "userId", batch.id, ended.id IS NOT NULL AS "hasEnded"
    FROM batch LEFT JOIN ended USING (id) ORDER BY batch.user_id, batch.id`;

/** Everybody's sessions in PostgreSQL. */
@Injectable()
export class PostgresEverySession extends EverySession {
  constructor(private readonly database: Database) {
    super();
  }

  async now(): Promise<string> {
    const [row] = await this.database.query<{ now: string }>('SELECT now()::text AS now');
    return row?.now ?? '';
  }

  async endSome(
    reason: EndReason,
    until: string,
    after: SessionPlace = { userId: '0', id: '0' },
  ): Promise<{ ended: string[]; next: SessionPlace | undefined }> {
    const rows = await this.database.transaction(
      (transaction) =>
        transaction.query<SessionPlace & { hasEnded: boolean }>(END_SOME, [after.userId, after.id, until, reason]),
      DEADLINE_MS,
    );
    const last = rows.length < BATCH ? undefined : rows.at(-1);
    return {
      ended: rows.filter(({ hasEnded }) => hasEnded).map(({ id }) => id),
      next: last && { userId: last.userId, id: last.id },
    };
  }
}
