import type { TestService } from '../../support/start-service.js';

/** Enough that what rewrites or scans a table under a lock is seen. */
const ROWS = 200_000;

/** Fills the tables that grow with people, in the columns that every version has. */
export async function fill(sql: TestService['sql']): Promise<void> {
  const rows = `generate_series(1, ${ROWS}) n`;
  await sql(`INSERT INTO identity."User" (id) SELECT n FROM ${rows}`);
  await sql(`INSERT INTO identity."UserIdentifier" (id, user_id, scheme, value, display)
    SELECT n, n, 'username', 'filled' || n, 'filled' || n FROM ${rows}`);
  await sql(`INSERT INTO identity."Session" (id, user_id, device_id, amr, audience, expires_at)
    SELECT n, n, 'd', '{pwd}', 'nx-seller', now() + interval '1 day' FROM ${rows}`);
  await sql(`INSERT INTO identity."AuditEvent" (id, action, outcome, actor_type, user_id)
    SELECT n, 'auth.signed-in', 'success', 'user', n FROM ${rows}`);
  await sql('ANALYZE');
}
