import { join } from 'node:path';
import { Redis } from 'ioredis';
import { poll } from '../poll.js';
import { type RunningRedis, startRedis } from './start-redis.js';

const SLOTS = 16_384;
/** Notices a dead node after this long; production waits for 15 s. */
const NODE_TIMEOUT_MS = 1500;

export interface RunningCluster {
  /** Each `host:port`. */
  addresses: string[];
  masters: RunningRedis[];
  /** Of the first master. */
  replica?: RunningRedis;
  stop(): Promise<void>;
}

/**
 * Starts a Redis Cluster on 127.0.0.1 that has all slots.
 * @param options `settings` are those of each node, as in redis.conf
 */
export async function startCluster(options: {
  dir: string;
  masters: number;
  /** Whether the first master has a replica. */
  replica?: boolean;
  settings?: Record<string, string>;
}): Promise<RunningCluster> {
  const nodes: RunningRedis[] = [];
  const count = options.masters + (options.replica ? 1 : 0);
  try {
    for (let node = 0; node < count; node += 1) {
      nodes.push(await startNode(join(options.dir, String(node)), options.settings));
    }
    await introduce(nodes, options.masters);
  } catch (error) {
    await Promise.all(nodes.map((node) => node.stop()));
    throw error;
  }
  return {
    addresses: nodes.map(({ port }) => `127.0.0.1:${port}`),
    masters: nodes.slice(0, options.masters),
    replica: nodes[options.masters],
    stop: async () => void (await Promise.all(nodes.map((node) => node.stop()))),
  };
}

/** The bus of a cluster listens 10,000 ports higher, which high ports have no room for: then another port is tried. */
async function startNode(dir: string, settings?: Record<string, string>): Promise<RunningRedis> {
  const cluster = {
    'cluster-enabled': 'yes',
    'cluster-announce-ip': '127.0.0.1',
    'cluster-node-timeout': String(NODE_TIMEOUT_MS),
    databases: '1',
  };
  return await poll('A node', 30, () =>
    startRedis({ dir, settings: { ...cluster, ...settings } }).catch(() => undefined),
  );
}

async function introduce(nodes: RunningRedis[], masters: number): Promise<void> {
  const admins = nodes.map(({ url }) => new Redis(url));
  try {
    for (const [at, admin] of admins.entries()) {
      const [from, to] = [Math.floor((at * SLOTS) / masters), Math.floor(((at + 1) * SLOTS) / masters)];
      if (at < masters) await admin.cluster('ADDSLOTS', ...Array.from({ length: to - from }, (_, slot) => from + slot));
      if (at > 0) await admin.cluster('MEET', '127.0.0.1', nodes[0]?.port ?? 0);
    }
    const first = (await admins[0]?.cluster('MYID')) as string;
    for (const replica of admins.slice(masters)) {
      await poll('a replica', 30, () => replica.cluster('REPLICATE', first).catch(() => undefined));
    }
    for (const admin of admins) {
      await poll('the cluster', 30, async () => {
        const [facts, known] = [await admin.cluster('INFO'), (await admin.cluster('NODES')) as string];
        const isWhole = facts.includes('cluster_state:ok') && facts.includes(`cluster_known_nodes:${nodes.length}\r`);
        // A replica that is not connected yet would not be elected.
        return (isWhole && !known.includes('disconnected')) || undefined;
      });
    }
    for (const replica of nodes.slice(masters)) await poll('a copy', 30, () => isCopied(replica));
  } finally {
    for (const admin of admins) admin.disconnect();
  }
}

async function isCopied({ url }: RunningRedis): Promise<true | undefined> {
  const client = new Redis(url);
  try {
    return (await client.info('replication')).includes('master_link_status:up') || undefined;
  } finally {
    client.disconnect();
  }
}
