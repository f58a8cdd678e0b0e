import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../free-port.js';
import { spawnServer } from '../running-server.js';
import { findOrInstallRedis } from './find-or-install-redis.js';

export interface RunningSentinel {
  /** `host:port`, as REDIS_SENTINELS wants it. */
  address: string;
  stop(): Promise<void>;
}

/** Notices a dead master after this long; production waits for 30 s. */
const DOWN_AFTER_MS = 1000;

/** Starts one Sentinel on 127.0.0.1, whose word alone decides a failover. */
export async function startSentinel(options: {
  dir: string;
  /** Port of the first master. */
  masterPort: number;
  /** What it is called. */
  name: string;
  /** More lines of sentinel.conf: what it and its servers are let in by. */
  settings?: string[];
}): Promise<RunningSentinel> {
  const { dir, masterPort, name, settings = [] } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const redis = findOrInstallRedis();
  const port = await freePort();
  const file = join(dir, 'sentinel.conf'); // Sentinel keeps in it what it finds out
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${dir}`,
    `sentinel monitor ${name} 127.0.0.1 ${masterPort} 1`,
    `sentinel down-after-milliseconds ${name} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${name} 3000`,
    ...settings,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  const server = spawnServer({
    command: redis.command,
    args: [file, '--sentinel'],
    logFile: join(dir, 'sentinel.log'),
    stopSignal: 'SIGTERM',
    options: { env: redis.env, cwd: dir },
  });
  return { address: `127.0.0.1:${port}`, stop: server.stop };
}
