import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { RedisAccess, RedisTarget } from '@platform/config';

/** One Redis, a Sentinel-managed one or a Cluster: the commands are the same. */
export type RedisConnection = Redis | Cluster;

/** What whoever connects has to say, wherever that leads. */
export interface Manner {
  /** For each connection to a server. */
  options: RedisOptions & { retryStrategy: (attempt: number) => number };
  /** Whether commands wait for a connection. */
  enableOfflineQueue: boolean;
}

/** Connects to where the settings point; it comes back by itself. */
export function openRedis(target: RedisTarget, { options, enableOfflineQueue }: Manner): RedisConnection {
  if (target.kind === 'single') return new Redis(target.url, { ...options, enableOfflineQueue });
  if (target.kind === 'sentinel') return new Redis({ ...options, enableOfflineQueue, ...throughSentinels(target) });
  return new Cluster(target.nodes, {
    redisOptions: { ...options, ...credentials(target.access), ...(target.access.tls && { tls: {} }) },
    enableOfflineQueue,
    clusterRetryStrategy: options.retryStrategy,
    // Certificates are made out to names: looking them up first, as ioredis does, would leave nothing to compare.
    ...(target.access.tls && { dnsLookup: (address, tell) => tell(null, address) }),
  });
}

function throughSentinels(target: Extract<RedisTarget, { kind: 'sentinel' }>): RedisOptions {
  const { sentinels, access, name, serverAccess } = target;
  return {
    sentinels,
    name,
    ...credentials(serverAccess),
    ...(serverAccess.tls && { tls: {} }),
    // What ioredis calls so is TLS to the servers; `sentinelTLS` alone is for the sentinels.
    enableTLSForSentinelMode: serverAccess.tls,
    ...(access.tls && { sentinelTLS: {} }),
    ...(access.username !== undefined && { sentinelUsername: access.username }),
    ...(access.password !== undefined && { sentinelPassword: access.password }),
  };
}

function credentials({ username, password }: RedisAccess): Pick<RedisOptions, 'username' | 'password'> {
  return { ...(username !== undefined && { username }), ...(password !== undefined && { password }) };
}
