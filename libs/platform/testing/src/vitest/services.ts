import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { guardPath, releasePath } from '../guardian/guard.js';
import { startPostgres } from '../postgres/start-postgres.js';
import { startRedis } from '../redis/start-redis.js';

interface Services {
  postgresUrl: string;
  redisUrl: string;
  stop: () => Promise<void>;
}

/** Vitest loads this module once for each project, so what they share hangs on the process. */
const shared = globalThis as { [key: symbol]: { users: number; services: Promise<Services> } | undefined };
const KEY = Symbol.for('nx-seller-identity.test-services');

/**
 * One PostgreSQL and one Redis for the whole process: the first call starts them, the last `release` stops them.
 */
export async function acquireServices(): Promise<Omit<Services, 'stop'> & { release: () => Promise<void> }> {
  const entry = (shared[KEY] ??= { users: 0, services: start() });
  entry.users += 1;
  const { postgresUrl, redisUrl, stop } = await entry.services;
  const release = async () => {
    entry.users -= 1;
    if (entry.users > 0) return;
    shared[KEY] = undefined;
    await stop();
  };
  return { postgresUrl, redisUrl, release };
}

async function start(): Promise<Services> {
  const folder = mkdtempSync(join(process.getuid?.() === 0 ? '/tmp' : tmpdir(), 'nx-identity-test-'));
  // PostgreSQL runs as another user when this process is root; what lies inside has its own modes.
  chmodSync(folder, 0o711);
  guardPath(folder);
  const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), durable: false });
  const redis = await startRedis({ dir: join(folder, 'redis') });
  const stop = async () => {
    await Promise.all([postgres.stop(), redis.stop()]);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    releasePath(folder);
  };
  return { postgresUrl: postgres.url, redisUrl: redis.url, stop };
}
