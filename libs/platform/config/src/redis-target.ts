import { type Address, parseAddress } from './address.js';

/** How a server of Redis is spoken to. */
export interface RedisAccess {
  tls: boolean;
  username?: string;
  password?: string;
}

/** How to reach Redis: one server, Sentinel or Cluster. */
export type RedisTarget =
  | { kind: 'single'; url: string }
  /** `access` is that of the sentinels, `serverAccess` that of the servers they watch. */
  | { kind: 'sentinel'; sentinels: Address[]; access: RedisAccess; name: string; serverAccess: RedisAccess }
  | { kind: 'cluster'; nodes: Address[]; access: RedisAccess };

/** Several servers that are spoken to in one way. */
interface Servers {
  addresses: Address[];
  access: RedisAccess;
}

const PLAIN: RedisAccess = { tls: false };
const NOBODY: Servers = { addresses: [], access: PLAIN };
const URL_PARTS = /^redis(?<tls>s?):\/\/(?:(?<user>[^\s:,/@]*):(?<password>[^\s:,/@]+)@)?(?<rest>[^\s,/@]+)$/;

/**
 * Servers separated by commas, each `host:port` or `redis[s]://[user:password@]host:port`. They vouch for each other
 * and name others that the list does not, so all are spoken to as the first one.
 * @returns nothing when it is no such list
 */
export function parseServers(list: string): Servers | undefined {
  const items = list.split(',').map((item) => {
    const { rest, access } = parseAccess(item.trim()) ?? {};
    const address = parseAddress(rest ?? '');
    return address && access ? { address, access } : undefined;
  });
  const [first] = items;
  const same = items.filter((item) => JSON.stringify(item?.access) === JSON.stringify(first?.access));
  if (!first || same.length < items.length) return undefined;
  return { addresses: same.flatMap((item) => item?.address ?? []), access: first.access };
}

/**
 * The name that sentinels know their master by, or `redis[s]://[user:password@]name` where that is let in by other
 * words than the sentinels are.
 * @returns nothing when it is neither
 */
export function parseMaster(text: string): { name: string; access?: RedisAccess } | undefined {
  const { rest: name, access, isUrl } = parseAccess(text) ?? {};
  if (name === undefined) return undefined;
  return isUrl ? { name, access } : { name };
}

/** What the settings say; they are checked already. */
export function redisTarget(values: {
  REDIS_URL?: string | undefined;
  REDIS_SENTINELS?: string | undefined;
  REDIS_SENTINEL_NAME?: string | undefined;
  REDIS_CLUSTER_NODES?: string | undefined;
}): RedisTarget {
  const { REDIS_SENTINELS: sentinels, REDIS_CLUSTER_NODES: nodes } = values;
  if (sentinels) return sentinelTarget(sentinels, values.REDIS_SENTINEL_NAME);
  if (!nodes) return { kind: 'single', url: values.REDIS_URL ?? '' };
  const { addresses, access } = parseServers(nodes) ?? NOBODY;
  return { kind: 'cluster', nodes: addresses, access };
}

function sentinelTarget(list: string, text = ''): RedisTarget {
  const { addresses: sentinels, access } = parseServers(list) ?? NOBODY;
  const { name, access: serverAccess = access } = parseMaster(text) ?? { name: '' };
  return { kind: 'sentinel', sentinels, access, name, serverAccess };
}

/** An empty user is the one that Redis calls `default`. */
function parseAccess(text: string): { rest: string; access: RedisAccess; isUrl: boolean } | undefined {
  if (!text.includes('://')) return { rest: text, access: PLAIN, isUrl: false };
  const { tls, user, password, rest } = URL_PARTS.exec(text)?.groups ?? {};
  if (rest === undefined) return undefined;
  try {
    const access: RedisAccess = { tls: tls === 's' };
    if (user) access.username = decodeURIComponent(user);
    if (password) access.password = decodeURIComponent(password);
    return { rest, access, isUrl: true };
  } catch {
    return undefined; // a `%` that is none
  }
}
