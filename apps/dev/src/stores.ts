import { createDatabase, findOrInstallRedis, lastLines, startPostgres, startRedis } from '@platform/testing';
import type { DataFolder } from './data-folder.js';
import { onFreePort } from './ports.js';
import { say } from './terminal.js';

/** Something that must run as long as the service runs. */
export interface Running {
  name: string;
  exited: Promise<void>;
  stop(): Promise<void>;
  lastLines(): string;
}

export interface Store {
  url: string;
  /** Absent when the store is not ours but named by the environment. */
  running?: Running;
}

/** The database: DATABASE_URL, or an embedded PostgreSQL whose data stays in `.data/postgres`. */
export async function openDatabase(folder: DataFolder, url: string | undefined, password: string): Promise<Store> {
  if (url) return { url };
  const logFile = folder.log('postgres');
  const server = await onFreePort('PostgreSQL', 5432, (port) =>
    startPostgres({ dataDir: folder.postgres, durable: true, port, logFile, password }),
  );
  const running = { name: 'PostgreSQL', exited: server.exited, stop: server.stop, lastLines: () => lastLines(logFile) };
  try {
    const { url: own } = await createDatabase(server.url, 'identity');
    return { url: own, running };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/** Redis: what the environment names, or one of our own whose data stays in `.data/redis`. */
export async function openRedis(folder: DataFolder, env: NodeJS.ProcessEnv): Promise<Store> {
  if (env['REDIS_URL']) return { url: env['REDIS_URL'] };
  if (env['REDIS_SENTINELS'] || env['REDIS_CLUSTER_NODES']) return { url: '' };
  const redis = findOrInstallRedis({ onInstall: say });
  const logFile = folder.log('redis');
  const server = await onFreePort('Redis', 6379, (port) =>
    startRedis({ dir: folder.redis, durable: true, port, logFile, redis }),
  );
  const running = { name: 'Redis', exited: server.exited, stop: server.stop, lastLines: () => lastLines(logFile) };
  return { url: server.url, running };
}
