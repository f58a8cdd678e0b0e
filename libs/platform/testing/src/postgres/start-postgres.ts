import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { freePort } from '../free-port.js';
import { poll } from '../poll.js';
import { lastLines, readPid, type ServerProcess, spawnServer, stopOrphan } from '../running-server.js';
import { postgresBinaries } from './binaries.js';
import { prepareDataDirectory } from './data-directory.js';
import { initialise } from './initialise.js';
import { postgresUser } from './postgres-user.js';

export interface PostgresOptions {
  /** Made when missing; its content is kept. */
  dataDir: string;
  /** Any free port when absent. */
  port?: number;
  /** false only for tests: the data need not survive a crash of the machine. */
  durable: boolean;
  /** The server's own log; beside the data directory by default. */
  logFile?: string;
  /** The superuser's password, fixed when the data directory is made. */
  password?: string;
}

export interface EmbeddedPostgres extends Pick<ServerProcess, 'stop' | 'kill' | 'exited'> {
  /** Of the superuser, database `postgres`. */
  url: string;
  port: number;
  /** Of the postmaster, as its own pid file says. */
  pid(): number;
}

/** How long the other processes of a server may take to notice that it was killed. */
const LEAVING_SECONDS = 5;

/**
 * Starts PostgreSQL on 127.0.0.1. It ends with this process at the latest.
 * @throws Error with the last lines of its log when it does not come up
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const { durable, password = 'postgres' } = options;
  const logFile = options.logFile ?? join(dirname(options.dataDir), 'postgres.log');
  const user = postgresUser();
  const native = postgresBinaries(user);
  const dataDir = prepareDataDirectory(options.dataDir, user);
  const pidFile = join(dataDir, 'postmaster.pid');
  await stopOrphan(pidFile, dataDir);
  if (!existsSync(join(dataDir, 'PG_VERSION'))) initialise({ native, dataDir, user, password, durable });
  const port = options.port ?? (await freePort());
  const url = `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres`;
  const run = async (): Promise<ServerProcess | undefined> => {
    const server = spawnServer({
      command: join(native, 'bin/postgres'),
      args: ['-D', dataDir, ...settings(port, durable)],
      logFile,
      // SIGINT is PostgreSQL's fast shutdown: clients are dropped, the data is left in order.
      stopSignal: 'SIGINT',
      options: { ...user, cwd: '/' },
    });
    try {
      await poll('The start of PostgreSQL', 60, () => (isReady(pidFile, server) ? answers(url) : undefined));
      return server;
    } catch (cause) {
      await server.stop();
      if (isDataInUse(logFile, server)) return undefined;
      throw new Error(`PostgreSQL did not start on port ${port}. Its log ends with:\n${lastLines(logFile)}`, { cause });
    }
  };
  const server = await poll(`The end of the processes that use ${dataDir}`, LEAVING_SECONDS, run);
  return {
    url,
    port,
    pid: () => readPid(pidFile) ?? server.pid,
    exited: server.exited,
    stop: server.stop,
    kill: server.kill,
  };
}

function settings(port: number, durable: boolean): string[] {
  const values: Record<string, string | number> = {
    port,
    listen_addresses: '127.0.0.1',
    // No socket file: two servers would fight over /tmp, and its path may be too long elsewhere.
    unix_socket_directories: '',
    max_connections: 200,
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** The pid file's last line says so; the port alone might be answered by another server that took it first. */
function isReady(pidFile: string, server: ServerProcess): boolean {
  if (!server.isRunning()) throw new Error('PostgreSQL ended while it started');
  return readPid(pidFile) === server.pid && /^ready\s*$/m.test(readFileSync(pidFile, 'latin1'));
}

/** Whether `server` was refused because processes of an earlier one, which was killed, still have its memory. */
function isDataInUse(logFile: string, { pid }: ServerProcess): boolean {
  return new RegExp(`\\[${pid}\\] FATAL: +pre-existing shared memory block`).test(lastLines(logFile, 500));
}

async function answers(url: string): Promise<true | undefined> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } finally {
    await client.end().catch(() => undefined);
  }
}
