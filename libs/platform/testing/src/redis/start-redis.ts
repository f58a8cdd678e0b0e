import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../free-port.js';
import { poll } from '../poll.js';
import { lastLines, type ServerProcess, spawnServer, stopOrphan } from '../running-server.js';
import { findOrInstallRedis } from './find-or-install-redis.js';
import type { RedisCommand } from './find-redis.js';

export interface RedisOptions {
  /** Its working directory; made when missing. */
  dir: string;
  /** Any free port when absent. */
  port?: number;
  /** Whether an append-only file keeps the data. */
  durable?: boolean;
  logFile?: string;
  /** Port of the server on this machine that it copies. */
  replicaOf?: number;
  /** More settings, or other ones, as in redis.conf; `requirepass` among them. */
  settings?: Record<string, string>;
  /** The program to run; found or installed when absent. */
  redis?: RedisCommand;
}

export interface RunningRedis extends Pick<ServerProcess, 'pid' | 'stop' | 'kill' | 'exited'> {
  url: string;
  port: number;
}

/**
 * Starts Redis on 127.0.0.1. It ends with this process at the latest.
 * @throws Error with the last lines of its log when it does not come up
 */
export async function startRedis(options: RedisOptions): Promise<RunningRedis> {
  const { dir, durable = false, redis = findOrInstallRedis(), logFile = join(dir, 'redis.log') } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const pidFile = join(dir, 'redis.pid');
  await stopOrphan(pidFile, dir);
  const port = options.port ?? (await freePort());
  const settings: Record<string, string> = {
    port: String(port),
    bind: '127.0.0.1',
    dir,
    pidfile: pidFile,
    save: '',
    appendonly: durable ? 'yes' : 'no',
    'maxmemory-policy': 'noeviction',
    databases: '1024',
    ...options.settings,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  if (options.replicaOf !== undefined) args.push('--replicaof', '127.0.0.1', String(options.replicaOf));
  const server = spawnServer({
    command: redis.command,
    args,
    logFile,
    stopSignal: 'SIGTERM',
    options: { env: redis.env, cwd: dir },
  });
  try {
    await poll('The start of Redis', 30, () => answers(port, server, settings['requirepass']));
  } catch (cause) {
    await server.stop();
    throw new Error(`Redis did not start on port ${port}. Its log ends with:\n${lastLines(logFile)}`, { cause });
  }
  const { requirepass: password } = settings;
  const credentials = password ? `:${encodeURIComponent(password)}@` : '';
  return {
    url: `redis://${credentials}127.0.0.1:${port}`,
    port,
    pid: server.pid,
    exited: server.exited,
    stop: server.stop,
    kill: server.kill,
  };
}

/**
 * PING by hand: `-LOADING` while the append-only file is read, `+PONG` once commands are served. The process number
 * tells our server from another one that took the port first.
 */
function answers(port: number, server: ServerProcess, password?: string): Promise<true | undefined> {
  if (!server.isRunning()) throw new Error('Redis ended while it started');
  const login = password ? `AUTH ${password}\r\n` : '';
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(`${login}INFO server\r\nPING\r\n`));
    socket.setTimeout(1000, () => socket.destroy());
    socket.on('error', () => undefined);
    socket.on('data', (data) => {
      text += data.toString();
      if (/\+PONG\r\n$|-LOADING/.test(text)) socket.destroy();
    });
    socket.on('close', () => resolve(isReady(text, server.pid) ? true : undefined));
  });
}

function isReady(text: string, pid: number): boolean {
  return text.includes(`process_id:${pid}\r\n`) && text.includes('+PONG');
}
