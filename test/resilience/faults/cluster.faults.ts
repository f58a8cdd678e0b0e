import { join } from 'node:path';
import { startCluster } from '@platform/testing';
import type { Addition } from './stage.js';
import type { Stores } from './stores.js';
import { ROWS } from './table.js';
import { underFault } from './under-fault.js';

underFault(
  ROWS.filter(({ group }) => group === 'cluster'),
  withCluster,
);

/** Three masters, of which the first has a replica. */
async function withCluster({ folder }: Stores): Promise<Addition> {
  const cluster = await startCluster({ dir: join(folder, 'cluster'), masters: 3, replica: true });
  return {
    env: { REDIS_URL: '', REDIS_CLUSTER_NODES: cluster.addresses.join(',') },
    faults: {
      'a master killed, its replica takes over': {
        begin: async () => {
          cluster.masters[0]?.kill('SIGKILL');
          await cluster.masters[0]?.exited;
        },
        end: () => undefined, // the replica is what ends it
      },
    },
    stop: () => cluster.stop(),
  };
}
