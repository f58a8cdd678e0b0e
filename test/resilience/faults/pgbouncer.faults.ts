import { join } from 'node:path';
import { startPgBouncer } from '@platform/testing';
import type { Addition } from './stage.js';
import type { Stores } from './stores.js';
import { ROWS } from './table.js';
import { underFault } from './under-fault.js';

underFault(
  ROWS.filter(({ group }) => group === 'pgbouncer'),
  withPgBouncer,
);

/** A pooler in transaction mode between the processes and PostgreSQL. It wants `pgbouncer` on PATH. */
async function withPgBouncer({ folder, databaseUrl }: Stores): Promise<Addition> {
  const pooler = await startPgBouncer({ dir: join(folder, 'pgbouncer'), url: databaseUrl });
  return {
    env: { DATABASE_URL: pooler.url },
    faults: {
      'opens its connections anew': {
        begin: async () => void (await pooler.console('RECONNECT')),
        end: () => undefined,
      },
      'drops everybody': {
        begin: async () => void (await pooler.console('KILL identity')),
        end: async () => void (await pooler.console('RESUME identity')),
      },
    },
    stop: () => pooler.stop(),
  };
}
