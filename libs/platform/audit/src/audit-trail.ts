import { Injectable } from '@nestjs/common';
import { Database } from '@platform/database';
import { LAST_ID, leastIdAt } from '@platform/kernel';
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

/** By what events are counted. An identifier is masked in them, so that several may be counted as one. */
export const AUDIT_SUBJECTS = {
  ip: 'ip',
  user: 'user_id',
  identifier: "details ->> 'identifier'",
  action: 'action',
} as const;
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
    const { least, most } = idsOf(filter, before);
    const where = new Conditions();
    const order = walk(filter);
    // Compared as rows and never by an equation: for that the planner may walk all events, newest first, to a rare one.
    if (order) where.add(`(${order.column}, id) >= (?, ?::bigint)`, order.value, least);
    // Both ends are included: else it takes the busiest user for one without events, and sorts them all.
    if (order) where.add(`(${order.column}, id) <= (?, ?::bigint)`, order.value, most);
    else where.add('id >= ?::bigint', least).add('id <= ?::bigint', most);
    where.during(filter);
    return await this.database.query(
      `SELECT id, occurred_at AS "occurredAt", action, outcome, actor_type AS "actorType", actor_id AS "actorId",
         user_id AS "userId", ip, request_id AS "requestId", details
       FROM identity."AuditEvent" ${where.text} ORDER BY ${order ? `${order.column} DESC, ` : ''}id DESC
       LIMIT ${where.parameter(limit)}`,
      where.parameters,
    );
  }

  /**
   * Who or what most events are of.
   * @throws DomainError `database.unavailable`
   */
  async top(subject: AuditSubject, limit: number, filter: AuditFilter): Promise<{ subject: string; events: number }[]> {
    const { least, most } = idsOf(filter);
    const where = new Conditions()
      .equals(filter)
      .add('id >= ?::bigint', least)
      .add('id <= ?::bigint', most)
      .during(filter);
    const column = AUDIT_SUBJECTS[subject];
    where.add(`${column} IS NOT NULL`);
    return await this.database.query(
      `SELECT ${column}::text AS subject, count(*)::integer AS events
       FROM identity."AuditEvent" ${where.text} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${where.parameter(limit)}`,
      where.parameters,
    );
  }
}

/** What is walked by its index: each of these, and the id behind it, has one. */
function walk({ userId, action }: AuditFilter): { column: string; value: string } | undefined {
  // One text, with an index of its own: of two columns the planner may walk the first alone, past all other kinds.
  if (userId !== undefined && action !== undefined)
    return { column: `user_id::text || ' ' || action`, value: `${userId} ${action}` };
  if (userId !== undefined) return { column: 'user_id', value: userId };
  return action === undefined ? undefined : { column: 'action', value: action };
}

/** The ids between which the events are. They hold the time to a few seconds, and have the indexes that times do not. */
function idsOf({ from, to }: AuditFilter, before = LAST_ID): { least: string; most: string } {
  const last = to ? leastIdAt(new Date(to.getTime() + CLOCKS_APART_MS)) : LAST_ID;
  return {
    least: from ? leastIdAt(new Date(from.getTime() - CLOCKS_APART_MS)) : '0',
    most: String((BigInt(last) < BigInt(before) ? BigInt(last) : BigInt(before)) - 1n),
  };
}

/** A WHERE of what was asked for alone, so that an index serves it. */
class Conditions {
  readonly parameters: unknown[] = [];
  private readonly all: string[] = [];

  get text(): string {
    return `WHERE ${this.all.join(' AND ')}`;
  }

  equals({ userId, action }: AuditFilter): this {
    if (userId !== undefined) this.add('user_id = ?::bigint', userId);
    if (action !== undefined) this.add('action = ?', action);
    return this;
  }

  during({ from, to }: AuditFilter): this {
    if (from) this.add('occurred_at >= ?', from);
    if (to) this.add('occurred_at < ?', to);
    return this;
  }

  /** @param condition with `?` for each value */
  add(condition: string, ...values: unknown[]): this {
    this.all.push(values.reduce<string>((text, value) => text.replace('?', this.parameter(value)), condition));
    return this;
  }

  parameter(value: unknown): string {
    return `$${this.parameters.push(value)}`;
  }
}
