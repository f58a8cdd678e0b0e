import { Injectable } from '@nestjs/common';
import { Database } from '@platform/database';
import { leastIdAt } from '@platform/kernel';
import type { AuditEvent } from './audit-log.js';

/** How far the clocks of processes, whose ids these are, and of the database, whose time it is, may lie apart. */
const CLOCKS_APART_MS = 600_000;

/** Which events; what is left out is any. */
export interface AuditFilter {
  userId?: string;
  action?: string;
  /** From then on. */
  from?: Date;
  /** Until before then. */
  to?: Date;
}

export interface AuditPage extends AuditFilter {
  /** The last event of the page before. */
  before?: string;
  limit: number;
}

/** An event as it was recorded. */
export type RecordedEvent = Required<Pick<AuditEvent, 'action' | 'outcome' | 'details'>> & {
  id: string;
  occurredAt: Date;
  actorType: AuditEvent['actor']['type'];
  actorId: string | null;
  userId: string | null;
  ip: string | null;
  requestId: string | null;
};

/** By what events are counted. */
export const AUDIT_SUBJECTS = { ip: 'ip', user: 'user_id', action: 'action' } as const;
export type AuditSubject = keyof typeof AUDIT_SUBJECTS;

/** Reads what AuditLog has written. */
@Injectable()
export class AuditTrail {
  constructor(private readonly database: Database) {}

  /**
   * Events, newest first.
   * @throws DomainError `database.unavailable`
   */
  async page({ before, limit, ...filter }: AuditPage): Promise<RecordedEvent[]> {
    const where = new Conditions(filter);
    if (before !== undefined) where.add('id < ?::bigint', before);
    return await this.database.query(
      `SELECT id, occurred_at AS "occurredAt", action, outcome, actor_type AS "actorType", actor_id AS "actorId",
         user_id AS "userId", ip, request_id AS "requestId", details
       FROM identity."AuditEvent" ${where.text} ORDER BY id DESC LIMIT ${where.parameter(limit)}`,
      where.parameters,
    );
  }

  /**
   * Who or what most events are of.
   * @throws DomainError `database.unavailable`
   */
  async top(subject: AuditSubject, limit: number, filter: AuditFilter): Promise<{ subject: string; events: number }[]> {
    const where = new Conditions(filter);
    const column = AUDIT_SUBJECTS[subject];
    where.add(`${column} IS NOT NULL`);
    return await this.database.query(
      `SELECT ${column}::text AS subject, count(*)::integer AS events
       FROM identity."AuditEvent" ${where.text} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${where.parameter(limit)}`,
      where.parameters,
    );
  }
}

/** A WHERE of what was asked for alone, so that an index serves it. */
class Conditions {
  readonly parameters: unknown[] = [];
  private readonly all: string[] = [];

  constructor({ userId, action, from, to }: AuditFilter) {
    if (userId !== undefined) this.add('user_id = ?::bigint', userId);
    if (action !== undefined) this.add('action = ?', action);
    // Ids hold the time to a few seconds, and have the index that times do not.
    if (from)
      this.add('id >= ?::bigint', leastIdAt(new Date(from.getTime() - CLOCKS_APART_MS))).add('occurred_at >= ?', from);
    if (to) this.add('id <= ?::bigint', leastIdAt(new Date(to.getTime() + CLOCKS_APART_MS))).add('occurred_at < ?', to);
  }

  get text(): string {
    return this.all.length > 0 ? `WHERE ${this.all.join(' AND ')}` : '';
  }

  /** @param condition with `?` for the value */
  add(condition: string, ...values: unknown[]): this {
    this.all.push(values.reduce<string>((text, value) => text.replace('?', this.parameter(value)), condition));
    return this;
  }

  parameter(value: unknown): string {
    return `$${this.parameters.push(value)}`;
  }
}
