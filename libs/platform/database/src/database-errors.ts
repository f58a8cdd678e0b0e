import { DomainError } from '@platform/kernel';

const RETRY_AFTER_SECONDS = 2;
/**
 * SQLSTATEs that say "not now" (PostgreSQL, appendix A): no connection (08), a login or a database that is not there
 * (28, 3D000: what a failover or a changed password looks like), too much at once (53), an operator's stop (57P),
 * a statement or a lock that took too long (57014, 55P03), an idle transaction ended (25P03), a standby (25006),
 * and two transactions of which one had to give way (40001, 40P01).
 */
const UNAVAILABLE_STATES = /^(08...|28...|3D000|53...|57P0.|57014|55P03|25P03|25006|40001|40P01)$/;
/** Those among them after which the connection goes on. */
const LASTING_STATES = /^(53...|57014|55P03|25006|40001|40P01)$/;
const UNAVAILABLE_ERRNOS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'EAI_AGAIN',
  'ENOENT',
]);
/** What pg and its pool say, without a code, when a connection is gone or never came. */
const UNAVAILABLE_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|Query read timeout|not queryable|Client was closed|Cannot use a pool after/i;

/** The refusal for everything that needs PostgreSQL while it is away: 503, to be retried in two seconds. */
export function databaseUnavailable(cause?: unknown): DomainError {
  return new DomainError({
    code: 'database.unavailable',
    kind: 'unavailable',
    level: 'warn',
    limit: 'database',
    message: 'The database does not answer at the moment.',
    retryAfterSeconds: RETRY_AFTER_SECONDS,
    cause,
  });
}

/** `error` as `database.unavailable` when it says that PostgreSQL is away, else `undefined`. */
export function toDatabaseUnavailable(error: unknown): DomainError | undefined {
  if (!(error instanceof Error) || error instanceof DomainError) return undefined;
  const code = sqlState(error);
  const away = code
    ? UNAVAILABLE_STATES.test(code) || UNAVAILABLE_ERRNOS.has(code)
    : UNAVAILABLE_MESSAGES.test(error.message);
  return away ? databaseUnavailable(error) : undefined;
}

/** Whether the connection of a statement that failed so is of no use any more. */
export function isConnectionLost(error: unknown): boolean {
  return toDatabaseUnavailable(error) !== undefined && !LASTING_STATES.test(sqlState(error as Error) ?? '');
}

/** Whether a statement failed on the named unique constraint: how a race for one name is told from other faults. */
export function isUniqueViolation(error: unknown, constraint: string): boolean {
  if (!(error instanceof Error)) return false;
  const { driverError } = error as { driverError?: { constraint?: string } };
  return (
    sqlState(error) === '23505' &&
    (driverError?.constraint ?? (error as { constraint?: string }).constraint) === constraint
  );
}

function sqlState(error: Error): string | undefined {
  const { code, driverError } = error as { code?: string; driverError?: { code?: string } };
  return code ?? driverError?.code;
}
