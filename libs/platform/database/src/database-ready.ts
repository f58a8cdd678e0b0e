import type { INestApplicationContext } from '@nestjs/common';
import { withDeadline } from '@platform/kernel';
import { Database } from './database.js';
import { databaseUnavailable } from './database-errors.js';
import { ID_GENERATOR } from './ids/id-generator.js';
import { LeasedSnowflake } from './ids/leased-snowflake.js';

const PATIENCE_MS = 15_000;

/**
 * Waits until statements can be sent and ids issued: for commands, which have one go, unlike services, which start
 * first and answer 503 until then.
 * @throws DomainError `database.unavailable` after 15 seconds
 */
export async function databaseReady(context: INestApplicationContext): Promise<void> {
  await withDeadline(context.get(Database).connected(), PATIENCE_MS, () => databaseUnavailable());
  const ids: unknown = context.get(ID_GENERATOR);
  if (ids instanceof LeasedSnowflake) await ids.acquireOrRenew();
}
