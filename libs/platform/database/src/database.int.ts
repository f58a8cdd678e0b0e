import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { elapsedWithoutLag, type EmbeddedPostgres, freePort, poll, startPostgres, sql } from '@platform/testing';
import { dataSourceOptions } from './data-source-options.js';
import { isUniqueViolation } from './database-errors.js';
import { Database } from './database.js';

const UNAVAILABLE = { code: 'database.unavailable', kind: 'unavailable' };
/** What a caller may have to wait for a refusal. */
const SOON_MS = 1000;
const OURS = `FROM pg_stat_activity WHERE application_name = 'nx-seller-identity'`;

let folder: string;
let server: EmbeddedPostgres;
let database: Database;
const opened: Database[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(process.getuid?.() === 0 ? '/tmp' : tmpdir(), 'nx-identity-database-'));
  chmodSync(folder, 0o711); // PostgreSQL runs as another user when this process is root
  server = await start(await freePort());
  await sql(server.url, 'CREATE TABLE item (name text, CONSTRAINT item_name_key UNIQUE (name))');
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  await sql(server.url, 'TRUNCATE item');
  database = await open(3);
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.onApplicationShutdown()));
});

async function start(port: number): Promise<EmbeddedPostgres> {
  return await startPostgres({ dataDir: join(folder, 'data'), durable: false, port });
}

function made(url: string, poolSize = 3): Database {
  const one = new Database(new DataSource(dataSourceOptions(url, poolSize)));
  opened.push(one);
  return one;
}

async function open(poolSize: number): Promise<Database> {
  const one = made(server.url, poolSize);
  one.onApplicationBootstrap();
  await one.connected();
  return one;
}

async function backend(of: Database): Promise<number> {
  const [row] = await of.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return row?.pid ?? 0;
}

async function items(): Promise<string[]> {
  return (await sql<{ name: string }>(server.url, 'SELECT name FROM item ORDER BY name')).map(({ name }) => name);
}

/** Rejects as it should, within a second. */
async function expectRefusal(work: Promise<unknown>): Promise<void> {
  expect(await elapsedWithoutLag(work)).toBeLessThan(SOON_MS);
  await expect(work).rejects.toMatchObject(UNAVAILABLE);
}

async function recovers(of = database): Promise<void> {
  await poll('The recovery', 10, async () => await of.query('SELECT 1').catch(() => undefined));
}

describe('a statement that takes too long', () => {
  it('is refused, its connection is dropped, and the server is told to stop', async () => {
    const one = await open(1);
    const pid = await backend(one);
    await expectRefusal(one.query('SELECT pg_sleep(25)'));
    await poll('The end of the statement', 5, async () =>
      (await sql(server.url, `SELECT ${OURS} AND pid = ${pid}`)).length === 0 ? true : undefined,
    );
    expect(await backend(one)).not.toBe(pid);
  });

  it('is refused through the entities too', async () => {
    await expectRefusal(database.entities((manager) => manager.query('SELECT pg_sleep(25)')));
  });

  it('leaves nobody waiting behind a locked row', async () => {
    await sql(server.url, `INSERT INTO item VALUES ('locked')`);
    const holder = new pg.Client({ connectionString: server.url });
    await holder.connect();
    await holder.query(`BEGIN; UPDATE item SET name = 'held'`);
    try {
      const late = () => expectRefusal(database.query(`UPDATE item SET name = 'late'`));
      await Promise.all(Array.from({ length: 3 }, late));
      await poll('The end of the waiters', 5, async () =>
        (await sql(server.url, `SELECT ${OURS} AND wait_event_type = 'Lock'`)).length === 0 ? true : undefined,
      );
      await holder.query('COMMIT');
    } finally {
      await holder.end(); // else every test after this one would wait for the row
    }
    expect(await items()).toEqual(['held']);
  });
});

describe('a server that hangs', () => {
  /** Stops the server and all connections of ours where they are. */
  async function freeze(): Promise<() => void> {
    const rows = await sql<{ pid: number }>(server.url, `SELECT pid ${OURS}`);
    const pids = [server.pid(), ...rows.map(({ pid }) => pid)];
    for (const pid of pids) process.kill(pid, 'SIGSTOP');
    return () => pids.forEach((pid) => process.kill(pid, 'SIGCONT'));
  }

  it('costs each caller less than a second, and leaves no connection that hangs', async () => {
    const before = await Promise.all(Array.from({ length: 3 }, () => backend(database)));
    const thaw = await freeze();
    try {
      await Promise.all(Array.from({ length: 10 }, () => expectRefusal(database.query('SELECT 1'))));
      await expectRefusal(database.query('SELECT 1'));
      await expectRefusal(database.transaction((transaction) => transaction.query('SELECT 1')));
    } finally {
      thaw();
    }
    await recovers();
    const after = await Promise.all(Array.from({ length: 3 }, () => backend(database)));
    expect(after.filter((pid) => before.includes(pid))).toEqual([]);
  });
});

describe('a pool that is exhausted', () => {
  it('refuses within a second and serves again once there is room [ASVS 13.2.6]', async () => {
    const one = await open(2);
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { promise: held, resolve: hold } = Promise.withResolvers<void>();
    let holding = 0;
    const holders = Array.from({ length: 2 }, () =>
      one.transaction(async () => {
        holding += 1;
        if (holding === 2) hold();
        await released;
      }, 20_000),
    );
    await held;
    await Promise.all(Array.from({ length: 5 }, () => expectRefusal(one.query('SELECT 1'))));
    release();
    await Promise.all(holders);
    expect(await one.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });
});

describe('a transaction', () => {
  it('is kept when its work is done', async () => {
    const result = await database.transaction(async (transaction) => {
      await transaction.query('INSERT INTO item VALUES ($1)', ['kept']);
      return 'done';
    });
    expect(result).toBe('done');
    expect(await items()).toEqual(['kept']);
  });

  it('is undone by whatever is thrown in it, which the caller gets [ASVS 16.5.3]', async () => {
    const fault = new Error('ours');
    const work = database.transaction(async (transaction) => {
      await transaction.query(`INSERT INTO item VALUES ('undone')`);
      throw fault;
    });
    await expect(work).rejects.toBe(fault);
    expect(await items()).toEqual([]);
    expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('is undone by a violation, which is told by its name', async () => {
    const error: unknown = await database
      .transaction(async (transaction) => {
        await transaction.query(`INSERT INTO item VALUES ('same')`);
        await transaction.query(`INSERT INTO item VALUES ('same')`);
      })
      .catch((thrown: unknown) => thrown);
    expect(isUniqueViolation(error, 'item_name_key')).toBe(true);
    expect(isUniqueViolation(error, 'item_other_key')).toBe(false);
    expect(await items()).toEqual([]);
  });

  it('of an operator may take longer than a request may, up to its own deadline', async () => {
    const sleep = (deadlineMs: number) =>
      database.transaction((transaction) => transaction.query('SELECT pg_sleep(1)'), deadlineMs);
    expect(await sleep(5000)).toHaveLength(1);
    await expect(sleep(300)).rejects.toMatchObject({ code: 'database.unavailable' });
  });

  it('that misses the deadline stores nothing, and its work can do no more', async () => {
    const waiting = Promise.withResolvers<void>();
    const late = Promise.withResolvers<unknown>();
    const work = database.transaction(async (transaction) => {
      await transaction.query(`INSERT INTO item VALUES ('early')`);
      await waiting.promise;
      await transaction.query(`INSERT INTO item VALUES ('late')`).then(late.resolve, late.reject);
    });
    await expectRefusal(work);
    waiting.resolve();
    await expect(late.promise).rejects.toThrow('the connection was given back already');
    await recovers();
    expect(await items()).toEqual([]);
  });

  it('answers with the rows of any statement', async () => {
    const rows = await database.transaction(async (transaction) => [
      await transaction.query(`INSERT INTO item VALUES ('a') RETURNING name`),
      await transaction.query(`UPDATE item SET name = 'b' RETURNING name`),
      await transaction.query(`UPDATE item SET name = 'c'`),
      await transaction.query('DELETE FROM item RETURNING name'),
    ]);
    expect(rows).toEqual([[{ name: 'a' }], [{ name: 'b' }], [], [{ name: 'c' }]]);
  });
});

describe('a server that comes and goes', () => {
  it('is waited for in the background: refused at once, served once it is there', async () => {
    const port = await freePort();
    const url = server.url.replace(`:${server.port}/`, `:${port}/`);
    const one = made(url);
    one.onApplicationBootstrap();
    await expectRefusal(one.query('SELECT 1'));
    const late = await startPostgres({ dataDir: join(folder, 'late'), durable: false, port });
    try {
      await one.connected();
      expect(await one.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
      await one.onApplicationShutdown();
    } finally {
      await late.stop();
    }
  });

  it('may crash and start again', async () => {
    await backend(database);
    server.kill('SIGKILL');
    await server.exited;
    await poll('the last backend noticing that its postmaster is gone', 10, () =>
      database.query('SELECT 1').then(
        () => undefined,
        () => true,
      ),
    );
    await expectRefusal(database.query('SELECT 1'));
    await expectRefusal(database.transaction((transaction) => transaction.query('SELECT 1')));
    server = await start(server.port);
    await recovers();
  });

  it('may end a connection in the middle of a statement', async () => {
    const pid = await backend(database);
    // The statement ends its own connection: one that waited to be ended by another might meet the deadline first.
    await expectRefusal(database.query('SELECT pg_terminate_backend(pg_backend_pid()), pg_sleep(25)'));
    expect(await backend(database)).not.toBe(pid);
  });
});

describe('the shutdown', () => {
  let silent: Server | undefined;

  afterEach(() => {
    silent?.close();
    silent = undefined;
  });

  async function expectQuickShutdown(of: Database, withinMs: number): Promise<void> {
    const shutdown = of.onApplicationShutdown();
    expect(await elapsedWithoutLag(shutdown)).toBeLessThan(withinMs);
    await shutdown;
    await expectRefusal(of.query('SELECT 1'));
  }

  it('does not wait for a server that is not there', async () => {
    const one = made(`postgres://nobody@127.0.0.1:${await freePort()}/none`);
    one.onApplicationBootstrap();
    await expectRefusal(one.query('SELECT 1'));
    await expectQuickShutdown(one, 500);
  });

  it('does not wait long for a server that accepts and says nothing', async () => {
    const port = await freePort();
    const asked = Promise.withResolvers<void>();
    silent = createServer((socket) => {
      socket.on('error', () => undefined).on('data', () => asked.resolve());
    });
    silent.listen(port, '127.0.0.1');
    const one = made(`postgres://nobody@127.0.0.1:${port}/none`);
    one.onApplicationBootstrap();
    await asked.promise;
    await expectQuickShutdown(one, 2500);
  });

  it('before the start has nothing to do', async () => {
    await expectQuickShutdown(made(server.url), 100);
  });

  it('does what is left while statements are still possible, whether all of it succeeds or not', async () => {
    const done: string[] = [];
    database.beforeClose(() => Promise.reject(new Error('of no consequence')));
    database.beforeClose(async () => {
      await database.query(`INSERT INTO item VALUES ('last')`);
      done.push('last');
    });
    await database.onApplicationShutdown();
    expect(done).toEqual(['last']);
    expect(await items()).toEqual(['last']);
    await expectRefusal(database.query('SELECT 1'));
    await poll(
      'The end of all connections', // the pool does not wait for the server
      5,
      async () => (await sql(server.url, `SELECT ${OURS}`)).length === 0 || undefined,
    );
  });
});
