import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import pg from 'pg';
import { afterAll, expect, it } from 'vitest';
import { isAlive } from '../guardian/guardian.js';
import { poll } from '../poll.js';
import { createDatabase } from './databases.js';
import { type EmbeddedPostgres, startPostgres } from './start-postgres.js';

const folder = mkdtempSync(join(tmpdir(), 'nx-identity-pg-'));
chmodSync(folder, 0o711);
const dataDir = join(folder, 'data');
const running: EmbeddedPostgres[] = [];

afterAll(async () => {
  await Promise.all(running.map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<EmbeddedPostgres> {
  const server = await startPostgres({ dataDir, durable: true });
  running.push(server);
  return server;
}

async function query<T>(url: string, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows as T[];
  } finally {
    await client.end();
  }
}

it('keeps its data over a stop and over a kill', async () => {
  const first = await start();
  const { url, created } = await createDatabase(first.url, 'kept "name"');
  expect(created).toBe(true);
  await query(url, 'CREATE TABLE kept (id int); INSERT INTO kept VALUES (1)');
  await first.stop();
  expect(isAlive(first.pid())).toBe(false);

  const second = await start();
  second.kill('SIGKILL');
  await second.exited;

  const third = await start();
  const again = await createDatabase(third.url, 'kept "name"');
  expect(again.created).toBe(false);
  expect(await query(again.url, 'SELECT id FROM kept')).toEqual([{ id: 1 }]);
  expect(await query(third.url, 'SHOW fsync')).toEqual([{ fsync: 'on' }]);
});

it('starts once the last process of a server that was killed has gone', async () => {
  const server = running.at(-1)!;
  const client = new pg.Client({ connectionString: server.url });
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const { pid } = rows[0]!;
  process.kill(pid, 'SIGSTOP');
  let next: Promise<EmbeddedPostgres>;
  try {
    server.kill('SIGKILL');
    await server.exited;
    next = start();
    next.catch(() => undefined); // until it is awaited below
    await poll('The refusal', 10, () => {
      return readFileSync(join(folder, 'postgres.log'), 'utf8').includes('is still in use') || undefined;
    });
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  expect(await query((await next).url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

it('ends a server that an earlier run left behind before it starts another one on the same data', async () => {
  const left = running.at(-1);
  const next = await start();
  await left?.exited;
  expect(await query(next.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

it('says why it did not start', async () => {
  const port = running.at(-1)?.port ?? 0;
  const refused = startPostgres({ dataDir: join(folder, 'other'), durable: false, port });
  await expect(refused).rejects.toThrow(/did not start on port \d+[^]*Address already in use/);
});

it('can be suspended and continued by a signal to its own process', async () => {
  const server = running.at(-1)!;
  server.kill('SIGSTOP');
  const answer = query(server.url, 'SELECT 2 AS two');
  await poll('The suspension', 5, () => (server.pid() > 0 ? true : undefined));
  server.kill('SIGCONT');
  expect(await answer).toEqual([{ two: 2 }]);
});
