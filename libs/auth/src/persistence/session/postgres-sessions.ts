import { Inject, Injectable } from '@nestjs/common';
import { IsNull, LessThan, Raw } from 'typeorm';
import { type AuditEvent, AuditLog, insertEvent } from '@platform/audit';
import { SETTINGS, type Settings } from '@platform/config';
import { Database, ID_GENERATOR, type Queryable } from '@platform/database';
import type { IdGenerator } from '@platform/kernel';
import { type Replay, type SessionOrigin, SessionStore } from '../../application/session/session-store.js';
import {
  type EndReason,
  MAX_LIVE_SESSIONS,
  type SessionGrant,
  type SessionView,
} from '../../domain/session/session.js';
import { Session } from './session.entity.js';

/** The columns of a grant; `s` is the session. Roles come through policy's view, in the same statement. */
const GRANT = `
  s.id AS "sessionId", s.user_id AS "userId", s.counter, s.device_id AS "deviceId", s.created_at AS "createdAt",
  s.rotated_at AS "rotatedAt", round(extract(epoch FROM s.expires_at - now()))::int AS "expiresIn", s.audience, s.amr,
  (SELECT coalesce(json_agg(json_build_object('id', r.id, 'identifier', r.identifier, 'priority', r.priority)
     ORDER BY r.priority DESC, r.identifier), '[]')
   FROM identity."UserRole" r WHERE r.user_id = s.user_id::text) AS roles`;

/** One statement, so that a sign-in costs one round trip after its hash. */
const CREATE = `
  WITH u AS (
    UPDATE identity."User" SET last_login_at = now() WHERE id = $2 AND status = 'active' RETURNING id
  ), p AS ( -- after the user's row, as the deletion of an account locks them
    SELECT FROM identity."UserCredential" c JOIN u ON u.id = c.user_id
    WHERE c.scheme = 'password' AND c.changed_at = $9 FOR SHARE OF c
  ), s AS (
    INSERT INTO identity."Session" (id, user_id, device_id, device, ip, amr, audience, expires_at)
    SELECT $1, u.id, $3, $4, $5, $6, $7, now() + make_interval(secs => $8) FROM u
    WHERE $9::timestamptz IS NULL OR EXISTS (SELECT FROM p)
    RETURNING *
  ), surplus AS (
    UPDATE identity."Session" SET ended_at = now(), end_reason = 'too-many' WHERE id IN (
      SELECT o.id FROM identity."Session" o JOIN s ON s.user_id = o.user_id
      WHERE o.ended_at IS NULL ORDER BY o.id DESC OFFSET ${MAX_LIVE_SESSIONS - 1})
  ), told AS (
    ${insertEvent(10, 'FROM s')}
  ) SELECT ${GRANT} FROM s`;

/** The live sessions of a user, by the database's clock, like every other time here. */
const liveOf = (userId: string) => ({ userId, endedAt: IsNull(), expiresAt: Raw((column) => `${column} > now()`) });

/** Sessions in PostgreSQL; what the statements promise stands at the port. All times are the database's own. */
@Injectable()
export class PostgresSessions extends SessionStore {
  constructor(
    private readonly database: Database,
    @Inject(ID_GENERATOR) private readonly ids: IdGenerator,
    @Inject(SETTINGS) private readonly settings: Settings,
    private readonly audit: AuditLog,
  ) {
    super();
  }

  async create(
    origin: SessionOrigin,
    told: (sessionId: string) => AuditEvent,
    through: Queryable = this.database,
  ): Promise<SessionGrant | undefined> {
    const id = this.ids.next();
    const [grant] = await through.query<SessionGrant>(CREATE, [
      id,
      origin.userId,
      origin.deviceId,
      origin.device ?? null,
      origin.ip ?? null,
      origin.amr,
      origin.audience,
      Math.min(this.settings.session.idleTtlSeconds, this.settings.session.absoluteTtlSeconds),
      origin.passwordChangedAt ?? null,
      ...this.audit.parameters(told(id)),
    ]);
    return grant;
  }

  async rotate(sessionId: string, counter: number, ip: string | undefined): Promise<SessionGrant | undefined> {
    const [grant] = await this.database.query<SessionGrant>(
      `UPDATE identity."Session" s
       SET counter = s.counter + 1, rotated_at = now(), last_seen_at = now(), ip = coalesce($3, s.ip),
           expires_at = least(now() + make_interval(secs => $4), s.created_at + make_interval(secs => $5))
       FROM identity."User" u
       WHERE s.id = $1 AND s.counter = $2 AND s.ended_at IS NULL AND s.expires_at > now()
         AND u.id = s.user_id AND u.status = 'active'
       RETURNING ${GRANT}`,
      [sessionId, counter, ip ?? null, this.settings.session.idleTtlSeconds, this.settings.session.absoluteTtlSeconds],
    );
    return grant;
  }

  async judgeReplay(sessionId: string, counter: number): Promise<Replay> {
    const [row] = await this.database.query<SessionGrant & { live: boolean; inGrace: boolean }>(
      `SELECT ${GRANT},
         s.ended_at IS NULL AND s.expires_at > now() AND u.status = 'active' AS live,
         s.rotated_at > now() - make_interval(secs => $2) AS "inGrace"
       FROM identity."Session" s JOIN identity."User" u ON u.id = s.user_id WHERE s.id = $1`,
      [sessionId, this.settings.session.graceSeconds],
    );
    // A counter ahead of the row is one we never issued (a database restored from a backup): dead, but nobody's theft.
    if (!row?.live || counter >= row.counter) return { kind: 'dead' };
    const { live: _live, inGrace, ...grant } = row;
    return counter === row.counter - 1 && inGrace ? { kind: 'successor', grant } : { kind: 'theft' };
  }

  async end(
    sessionId: string,
    reason: EndReason,
    through: Queryable = this.database,
    owner?: string,
  ): Promise<string | undefined> {
    const [row] = await through.query<{ user_id: string }>(
      `UPDATE identity."Session" SET ended_at = now(), end_reason = $2
       WHERE id = $1 AND ended_at IS NULL AND ($3::bigint IS NULL OR user_id = $3) RETURNING user_id`,
      [sessionId, reason, owner ?? null],
    );
    return row?.user_id;
  }

  async endAll(userId: string, reason: EndReason, through: Queryable, except?: string): Promise<string[]> {
    const ended = await through.query<{ id: string }>(
      `UPDATE identity."Session" SET ended_at = now(), end_reason = $2
       WHERE user_id = $1 AND ended_at IS NULL AND ($3::bigint IS NULL OR id <> $3) RETURNING id`,
      [userId, reason, except ?? null],
    );
    return ended.map(({ id }) => id);
  }

  async isLive(sessionId: string): Promise<boolean> {
    const rows = await this.database.query(
      `SELECT FROM identity."Session" s JOIN identity."User" u ON u.id = s.user_id
       WHERE s.id = $1 AND s.ended_at IS NULL AND s.expires_at > now() AND u.status = 'active'`,
      [sessionId],
    );
    return rows.length === 1;
  }

  async countLive(userId: string): Promise<number> {
    return await this.database.entities((manager) => manager.countBy(Session, liveOf(userId)));
  }

  async list(userId: string, limit: number, before: string | undefined): Promise<SessionView[]> {
    const live = liveOf(userId);
    return await this.database.entities((manager) =>
      manager.find(Session, {
        select: { id: true, device: true, ip: true, createdAt: true, lastSeenAt: true, expiresAt: true },
        where: before === undefined ? live : { ...live, id: LessThan(before) },
        order: { id: 'DESC' },
        take: limit,
      }),
    );
  }
}
