import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, elapsedWithoutLag, poll, type TestDatabase } from '@platform/testing';
import type { Queryable } from './database.js';
import { Listener } from './listener.js';

let store: TestDatabase;
let elsewhere: TestDatabase;
let pool: pg.Pool;
let listener: Listener | undefined;
let began: string[];
let ended: number;
let end: PromiseWithResolvers<void>;
let heard: string[];

const ear = {
  began: (snapshot: string) => void began.push(snapshot),
  ended: () => {
    ended += 1;
    end.resolve();
  },
  heard: (message: string) => void heard.push(message),
};
const through = (): Queryable => ({ query: async (text, values) => (await pool.query(text, values)).rows as never });
const hears = (count: number) => poll('listening', 5, () => Promise.resolve(began.length >= count || undefined));
const tell = (message: string) => pool.query('SELECT pg_notify($1, $2)', ['news', message]);

beforeAll(async () => {
  [store, elsewhere] = [await createTestDatabase(), await createTestDatabase()];
});
afterAll(async () => {
  await Promise.all([store.drop(), elsewhere.drop()]);
});
beforeEach(() => {
  pool = new pg.Pool({ connectionString: store.url, max: 4 });
  [began, heard, ended, end] = [[], [], 0, Promise.withResolvers()];
});
afterEach(async () => {
  await listener?.stop();
  await pool.end();
});

describe('a listener', () => {
  it('hears what is told, in order, and says from when on', async () => {
    listener = new Listener(store.url, 'news', ear, through());
    listener.start();
    await hears(1);
    expect(began[0]).toMatch(/^\d+:\d+:/);
    for (const message of ['one', 'two', 'three']) await tell(message);
    await poll('three messages', 2, () => Promise.resolve(heard.length === 3 || undefined));
    expect(heard).toEqual(['one', 'two', 'three']);
  });

  it('goes on hearing while much is told: its own call may come among other messages', async () => {
    listener = new Listener(store.url, 'news', ear, through());
    listener.start();
    await hears(1);
    const until = performance.now() + 3000;
    let told = 0;
    const talk = async () => {
      while (performance.now() < until) {
        // Several in one statement arrive in one piece.
        await pool.query(`SELECT pg_notify('news', n || $1) FROM generate_series(1, 50) n`, [` ${(told += 1)}`]);
      }
    };
    await Promise.all([talk(), talk(), talk()]);
    await poll('all messages', 5, () => Promise.resolve(heard.length === told * 50 || undefined));
    expect([began.length, ended]).toEqual([1, 0]);
  });

  it('says that it does not hear, and hears again by itself', async () => {
    listener = new Listener(store.url, 'news', ear, through());
    listener.start();
    await hears(1);
    await pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'nx-seller-identity listener'`);
    // At once, whatever it was doing: an echo that it waits for takes a second to be given up.
    expect(await elapsedWithoutLag(end.promise)).toBeLessThan(500);
    await hears(2);
    await tell('after');
    await poll('the message', 2, () => Promise.resolve(heard.length > 0 || undefined));
    expect(heard).toEqual(['after']);
  });

  it('never says that it hears where its own calls do not arrive, as behind a pooler', async () => {
    listener = new Listener(elsewhere.url, 'news', ear, through());
    listener.start();
    await poll('two tries', 8, () => Promise.resolve(ended >= 2 || undefined));
    expect(began).toEqual([]);
  });

  it('goes on while only the pool does not answer', async () => {
    let away = false;
    const busy: Queryable = {
      query: async (text, values) => {
        if (away) throw new Error('busy');
        return await through().query(text, values);
      },
    };
    listener = new Listener(store.url, 'news', ear, busy);
    listener.start();
    await hears(1);
    away = true;
    await tell('still heard');
    await poll('the message', 2, () => Promise.resolve(heard.includes('still heard') || undefined));
    expect(ended).toBe(0);
    // For so long that it may hide a dead connection, it does not.
    await poll('the end', 8, () => Promise.resolve(ended > 0 || undefined));
  });

  it('stops at once', async () => {
    listener = new Listener(store.url, 'news', ear, through());
    listener.start();
    await hears(1);
    const asked = performance.now();
    await listener.stop();
    expect(performance.now() - asked).toBeLessThan(1000);
    const rows = await pool.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'nx-seller-identity listener'`,
    );
    expect(rows.rowCount).toBe(0);
  });
});
