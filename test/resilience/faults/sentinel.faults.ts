import { join } from 'node:path';
import { poll, startRedis, startSentinel } from '@platform/testing';
import { sentinelSays } from '../../support/sentinel.js';
import type { Addition } from './stage.js';
import type { Stores } from './stores.js';
import { ROWS } from './table.js';
import { underFault } from './under-fault.js';

const NAME = 'identity-redis';

underFault(
  ROWS.filter(({ group }) => group === 'sentinel'),
  withSentinel,
);

/** A master, its replica, and a Sentinel that knows of both. */
async function withSentinel({ folder }: Stores): Promise<Addition> {
  const master = await startRedis({ dir: join(folder, 'master'), durable: true });
  const replica = await startRedis({ dir: join(folder, 'replica'), durable: true, replicaOf: master.port });
  const sentinel = await startSentinel({ dir: join(folder, 'sentinel'), masterPort: master.port, name: NAME });
  await poll('a replica that Sentinel knows', 30, () =>
    sentinelSays(sentinel.address, NAME, { field: 'num-slaves', value: '1' }),
  );
  return {
    env: { REDIS_URL: '', REDIS_SENTINELS: sentinel.address, REDIS_SENTINEL_NAME: NAME },
    faults: {
      'master killed, its replica takes over': {
        begin: async () => {
          master.kill('SIGKILL');
          await master.exited;
        },
        end: () => undefined, // the replica is what ends it
      },
    },
    stop: async () => {
      await sentinel.stop();
      await Promise.all([replica.stop(), master.stop()]);
    },
  };
}
