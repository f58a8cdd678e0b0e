import type { TestService } from './start-service.js';

interface SessionRow {
  ended: boolean;
  end_reason: string | null;
  counter: number;
  ip: string | null;
}

/** The row of a session as it is in the table. */
export async function sessionRow({ sql }: TestService, sessionId: string): Promise<SessionRow> {
  const [row] = await sql<SessionRow>(
    'SELECT ended_at IS NOT NULL AS ended, end_reason, counter, ip FROM identity."Session" WHERE id = $1',
    [sessionId],
  );
  if (!row) throw new Error(`there is no session ${sessionId}`);
  return row;
}

/** How many sessions of a user live. */
export async function liveSessions({ sql }: TestService, userId: string): Promise<number> {
  const rows = await sql(
    'SELECT FROM identity."Session" WHERE user_id = $1 AND ended_at IS NULL AND expires_at > now()',
    [userId],
  );
  return rows.length;
}

/** How many audit events of this kind tell of a user. */
export async function auditCount({ sql }: TestService, action: string, userId: string): Promise<number> {
  const rows = await sql('SELECT FROM identity."AuditEvent" WHERE action = $1 AND user_id = $2', [action, userId]);
  return rows.length;
}
