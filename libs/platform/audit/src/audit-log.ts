import { Inject, Injectable } from '@nestjs/common';
import { Database, ID_GENERATOR, type Queryable } from '@platform/database';
import type { IdGenerator } from '@platform/kernel';
import { requestContext } from '@platform/telemetry';

/** What happened. No secrets in it, identifiers masked (`maskIdentifier`). */
export interface AuditEvent {
  /** `area.what`, such as `session.theft-detected`. */
  action: string;
  outcome: 'success' | 'failure';
  /** Who did it; `anonymous` before a sign-in. */
  actor: { type: 'user' | 'operator' | 'service' | 'system' | 'anonymous'; id?: string };
  /** The user it happened to. */
  userId?: string;
  details?: Record<string, unknown>;
}

/** Appends to "AuditEvent"; the database refuses to change or delete what is in it. */
@Injectable()
export class AuditLog {
  constructor(
    private readonly database: Database,
    @Inject(ID_GENERATOR) private readonly ids: IdGenerator,
  ) {}

  /**
   * @param through the transaction of the change that is told of, so that neither stands without the other
   * @throws DomainError `database.unavailable`
   */
  async record(event: AuditEvent, through: Queryable = this.database): Promise<void> {
    await through.query(insertEvent(1), this.parameters(event));
  }

  /** As `record`, in one statement. */
  async recordAll(events: readonly AuditEvent[], through: Queryable): Promise<void> {
    const rows = events.map((event) => this.parameters(event));
    const columns = TYPES.map((_type, index) => rows.map((row) => row[index]));
    const arrays = TYPES.map((type, index) => `$${index + 1}::${type}[]`).join(', ');
    await through.query(`${INSERT} SELECT * FROM unnest(${arrays})`, columns);
  }

  /** The event as the parameters of `insertEvent`, for a change that is one statement together with its event. */
  parameters(event: AuditEvent): unknown[] {
    const { requestId, clientAddress } = requestContext();
    return [
      this.ids.next(),
      event.action,
      event.outcome,
      event.actor.type,
      event.actor.id ?? null,
      event.userId ?? null,
      clientAddress ?? null,
      requestId ?? null,
      JSON.stringify(event.details ?? {}),
    ];
  }
}

const INSERT = `INSERT INTO identity."AuditEvent"
    (id, action, outcome, actor_type, actor_id, user_id, ip, request_id, details)`;
const TYPES = ['bigint', 'text', 'text', 'text', 'text', 'bigint', 'text', 'text', 'jsonb'];

/**
 * The statement that appends an event.
 * @param first the number of its first parameter
 * @param source a FROM clause, where the event is told of each row of another part of the statement
 */
export function insertEvent(first: number, source = ''): string {
  const values = TYPES.map((type, index) => `$${first + index}::${type}`).join(', ');
  return `${INSERT} SELECT ${values} ${source}`;
}
