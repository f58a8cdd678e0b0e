import { join } from 'node:path';
import { projectRoot } from '../project-root.js';
import { findOnPath, findUnpacked, type RedisCommand } from './find-redis.js';
import { installAsRoot, installWithBrew, unpackInto } from './install-redis.js';

export interface RedisSearch {
  /** Where programs are looked for; this process's PATH by default. */
  searchPath?: string;
  /** Where packages are unpacked without root; `.data/tools/redis` by default. */
  folder?: string;
  /** Told before something is installed. */
  onInstall?: (message: string) => void;
}

/**
 * A Redis (or Valkey) server: the machine's own, else one unpacked earlier, else one that the package manager brings.
 * @throws Error that names the two ways to get one
 */
export function findOrInstallRedis(search: RedisSearch = {}): RedisCommand {
  const { folder = join(projectRoot(), '.data/tools/redis'), onInstall = () => undefined } = search;
  const onPath = () => findOnPath(search.searchPath ?? process.env['PATH'] ?? '');
  const present = onPath() ?? findUnpacked(folder);
  if (present) return present;
  onInstall('Redis is not on this machine: the package manager is asked for it');
  const installed = installAsRoot() || installWithBrew() ? onPath() : undefined;
  const found = installed ?? (unpackInto(folder) ? findUnpacked(folder) : undefined);
  if (found) return found;
  throw new Error(
    'Redis is missing and could not be installed. Either install it (`apt-get install redis-server` as root, ' +
      '`brew install redis` on macOS), or set REDIS_URL to a Redis of your own.',
  );
}
