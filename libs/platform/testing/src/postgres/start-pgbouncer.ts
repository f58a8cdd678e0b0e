import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from '../free-port.js';
import { poll } from '../poll.js';
import { spawnServer } from '../running-server.js';

export interface RunningPgBouncer {
  /** Of the same database, through the pooler. */
  url: string;
  /** One command of its console, such as `KILL name` or `SHOW POOLS`. */
  console(command: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

/** Connections that all clients of a database share: fewer than a process of ours opens. */
const SERVER_CONNECTIONS = 6;

/**
 * Starts PgBouncer on 127.0.0.1 in transaction pooling, before the database that `url` names.
 * @param dir made when missing; it must be open to the user that PostgreSQL runs as
 * @throws Error when there is no `pgbouncer` on PATH (`.ci/tools/install pgbouncer`), or it does not come up
 */
export async function startPgBouncer({ dir, url }: { dir: string; url: string }): Promise<RunningPgBouncer> {
  mkdirSync(dir, { recursive: true });
  chmodSync(dir, 0o777);
  const target = new URL(url);
  const port = await freePort();
  const [config, users] = [join(dir, 'pgbouncer.ini'), join(dir, 'users.txt')];
  const name = target.pathname.slice(1);
  writeFileSync(users, `"${target.username}" "${decodeURIComponent(target.password)}"\n`);
  const lines = [
    '[databases]',
    `* = host=${target.hostname} port=${target.port}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = plain',
    `auth_file = ${users}`,
    `admin_users = ${target.username}`,
    'pool_mode = transaction',
    `default_pool_size = ${SERVER_CONNECTIONS}`,
    'max_client_conn = 500',
    // Its own default makes everybody wait for 15 s after a server that refused one connection.
    'server_login_retry = 1',
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  const root = process.getuid?.() === 0 ? ['-u', 'postgres'] : [];
  const server = spawnServer({
    command: 'pgbouncer',
    args: [...root, config],
    logFile: join(dir, 'pgbouncer.log'),
    stopSignal: 'SIGINT',
  });
  const ours = new URL(url);
  ours.host = `127.0.0.1:${port}`;
  const own = new URL(ours);
  own.pathname = '/pgbouncer';
  const console = (command: string) => ask(own.href, command);
  await poll('PgBouncer', 20, () => {
    if (!server.isRunning()) throw new Error('PgBouncer did not start: is it on PATH? `.ci/tools/install pgbouncer`');
    return console('SHOW VERSION').catch(() => undefined);
  });
  ours.pathname = `/${name}`;
  return { url: ours.href, console, stop: server.stop };
}

async function ask(url: string, command: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(command)).rows;
  } finally {
    await client.end();
  }
}
