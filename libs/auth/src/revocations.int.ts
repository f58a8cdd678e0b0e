import { randomInt } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '@platform/database';
import { createTestDatabase, type EventStream, openEvents, poll, type TestDatabase } from '@platform/testing';
import { renderMetrics } from '@platform/telemetry';
import { type Feed, startFeed } from './testing/start-feed.js';

const LIMITS = { maxStreams: 20, maxOfAccount: 15, maxBuffered: 128 * 1024, heartbeatMs: 200, recheckMs: 100 };

let store: TestDatabase;
let pool: pg.Pool;
let feed: Feed;
const opened: EventStream[] = [];

beforeAll(async () => {
  store = await createTestDatabase();
  await migrate(store.url);
  pool = new pg.Pool({ connectionString: store.url, max: 10 });
  await pool.query('INSERT INTO "User" (id) VALUES (1)');
  feed = await startFeed(store.url, LIMITS);
});
afterEach(() => {
  opened.splice(0).forEach((stream) => stream.close());
});
afterAll(async () => {
  await feed.stop();
  await pool.end();
  await store.drop();
});

const listen = (lastEventId?: string) => listenWith(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId });
const listenWith = async (headers: Record<string, string>) => {
  const stream = await openEvents(feed.address, headers);
  opened.push(stream);
  return stream;
};
/** Live sessions of these numbers. */
async function begin(count: number): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO "Session" (id, user_id, device_id, amr, audience, expires_at)
     SELECT $1::bigint + n, 1, 'd', '{pwd}', 'a', now() + interval '1 day' FROM generate_series(1, $2::int) n RETURNING id`,
    [randomInt(2 ** 40), count],
  );
  return rows.map(({ id }) => id);
}
const END = 'UPDATE "Session" SET ended_at = now() WHERE id = ANY ($1)';
async function end(count = 1): Promise<string[]> {
  const ids = await begin(count);
  await pool.query(END, [ids]);
  return ids;
}
interface Page {
  items: { sessionId: string }[];
  nextCursor: string;
}
const page = async (query: string) => (await (await fetch(`${feed.address}?${query}`)).json()) as Page;
async function cursorNow(): Promise<string> {
  let { items, nextCursor } = await page('');
  while (items.length === 1000) ({ items, nextCursor } = await page(`after=${nextCursor}`));
  return nextCursor;
}

describe('a stream', () => {
  it('beats, and what it beats is a cursor', async () => {
    const stream = await listen();
    const beats = () => stream.events.filter(({ event }) => event === 'heartbeat');
    await poll('heartbeats', 5, () => beats().length > 4 || undefined);
    expect(beats().map(({ data }) => data)).toEqual(beats().map(() => ({})));
    const [id] = await end();
    const { id: told } = await stream.told(id!);
    const count = beats().length;
    await poll('one more', 5, () => beats().length > count || undefined);
    for (const cursor of [told, beats().at(-1)!.id]) {
      const next = await listen(cursor);
      const [later] = await end();
      await next.told(later!);
      expect(next.sessions()).not.toContain(id);
    }
  });

  it('that is not read is cut off, and no other; its client loses nothing', async () => {
    const [lazy, eager] = [await listen(), await listen()];
    await poll('their first events', 5, () => (lazy.events.length > 0 && eager.events.length > 0) || undefined);
    const known = new Set(lazy.sessions());
    const lastId = lazy.events.at(-1)!.id;
    lazy.pause();
    const ids: string[] = [];
    await poll('the cut', 25, async () => {
      ids.push(...(await end(2000)));
      return /^identity_revocation_listeners 1$/m.test(await renderMetrics()) || undefined;
    });
    await eager.told(ids.at(-1)!, 20);
    expect(eager.isOver()).toBe(false);
    const back = await listen(lastId);
    await back.told(ids.at(-1)!, 20);
    for (const id of back.sessions()) known.add(id);
    expect(ids.filter((id) => !known.has(id))).toEqual([]);
  });

  it('is one of so many, of its account and of all: the next one is refused until there is room', async () => {
    const ask = (count: number, account: string) =>
      Promise.all(Array.from({ length: count }, () => listenWith({ 'X-Account': account })));
    const streams = await ask(LIMITS.maxOfAccount + 3, '1');
    const refused = streams.filter(({ status }) => status === 503);
    expect([refused.length, refused[0]?.headers['retry-after']]).toEqual([3, '1']);
    const others = await ask(10, '2');
    const room = LIMITS.maxStreams - LIMITS.maxOfAccount;
    expect(others.filter(({ status }) => status === 200)).toHaveLength(room);
    await refused[0]!.ended;
    expect(JSON.parse(refused[0]!.text())).toMatchObject({
      code: 'auth.too-many-streams',
      limit: 'revocation-streams',
    });
    streams.find(({ status }) => status === 200)?.close();
    await poll('room', 5, async () => (await listen()).status === 200 || undefined);
  });

  it('ends once its caller may no longer have it, and stays while nobody knows', async () => {
    const stream = await listen(await cursorNow());
    feed.stillMay = () => Promise.reject(new Error('PostgreSQL is away'));
    await setTimeout(5 * LIMITS.recheckMs);
    const [id] = await end();
    await stream.told(id!);
    feed.stillMay = () => Promise.resolve(false);
    expect(await stream.ended).toBe(true);
    feed.stillMay = () => Promise.resolve(true);
  });

  it('goes on while the listening connection is lost', async () => {
    const stream = await listen(await cursorNow());
    for (let times = 0; times < 5; times += 1) {
      await pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'nx-seller-identity listener'`);
      const [id] = await end();
      expect(await stream.told(id!, 2)).toMatchObject({ event: 'session-ended' });
    }
  });
});

it('misses nothing, in whatever order many transactions commit, however it is read', async () => {
  const start = await cursorNow();
  const streams = [await listen(start), await listen(start)];
  // What ends before a stream has caught up may be told twice; until then its heartbeats have a cursor of its own.
  for (const { events } of streams) {
    await poll('the common cursor', 10, () => {
      const [own, ...later] = events.filter(({ event }) => event === 'heartbeat').map(({ id }) => id);
      return later.some((id) => id !== own) || undefined;
    });
  }
  const ids = await begin(300);
  let isOver = false;
  const write = async (mine: string[]) => {
    const connection = await pool.connect();
    for (let at = 0; at < mine.length; at += 2) {
      await connection.query('BEGIN');
      await connection.query(END, [[mine[at]]]);
      await setTimeout(randomInt(15));
      await connection.query(END, [[mine[at + 1]]]);
      await connection.query('COMMIT');
    }
    connection.release();
  };
  const writers = Promise.all(Array.from({ length: 6 }, (_item, at) => write(ids.slice(at * 50, at * 50 + 50))));
  const read = async (limit: number) => {
    const heard = new Set<string>();
    for (let cursor = start, last = false; !last;) {
      last = isOver;
      for (let isFull = true; isFull;) {
        const { items, nextCursor } = await page(`after=${cursor}&limit=${limit}`);
        for (const { sessionId } of items) heard.add(sessionId);
        cursor = nextCursor;
        isFull = items.length === limit;
      }
    }
    return heard;
  };
  // A stream that is cut off again and again comes back with its last id.
  const follow = async () => {
    const heard = new Set<string>();
    for (let cursor = start, last = false; !last;) {
      last = isOver;
      const stream = await listen(cursor);
      // What was committed before it comes before the first heartbeat.
      await poll('an event', 5, () => stream.events.find(({ event }) => !last || event === 'heartbeat'));
      if (!last) await setTimeout(randomInt(40));
      stream.close();
      for (const id of stream.sessions()) heard.add(id);
      cursor = stream.events.at(-1)!.id;
    }
    return heard;
  };
  const readers = Promise.all([read(1), read(3), read(1000), follow()]);
  await writers;
  isOver = true;
  const [last] = await end();
  await Promise.all(streams.map((stream) => stream.told(last!)));
  const heard = [...(await readers), ...streams.map((stream) => new Set(stream.sessions()))];
  expect(heard.map((known) => ids.filter((id) => !known.has(id)).length)).toEqual(heard.map(() => 0));
  // Who stays is told each once.
  for (const stream of streams) expect(new Set(stream.sessions()).size).toBe(stream.sessions().length);
});

it('keeps what is a day old no longer', async () => {
  await pool.query(
    `INSERT INTO "SessionEnd" SELECT '3'::xid8, n, 1, 'old', now() - interval '25 hours' FROM generate_series(1, 300) n`,
  );
  const old = async () => (await pool.query(`SELECT FROM "SessionEnd" WHERE reason = 'old'`)).rowCount;
  // One end in sixteen clears a hundred away, by the number of its transaction, and the tests beside this one take numbers.
  for (let turns = 0; (await old()) !== 0; turns += 1) {
    expect(turns).toBeLessThan(1000);
    await end();
    await pool.query('SELECT pg_current_xact_id()'); // three numbers a turn: two would leave out every second one
  }
});
