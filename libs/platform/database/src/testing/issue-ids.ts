import { setImmediate, setTimeout } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { type IdGenerator, Snowflake, systemClock } from '@platform/kernel';
import { poll } from '@platform/testing';
import { dataSourceOptions } from '../data-source-options.js';
import { Database } from '../database.js';
import { LeasedSnowflake } from '../ids/leased-snowflake.js';

const BURST = 100;
/** Longer than anybody's pause between two looks at who is there. */
const HEAD_START_MS = 500;

/**
 * Issues ids beside others that do the same, from the moment that all of them are there.
 * @param worker a fixed worker, or `auto` for a leased one
 * @param others how many processes take part in all; each adds a row to public.issuers when it is ready
 */
export async function issueIds(url: string, worker: number | 'auto', count: number, others: number): Promise<string[]> {
  const database = new Database(new DataSource(dataSourceOptions(url, 2)));
  database.onApplicationBootstrap();
  await database.connected();
  const ids = worker === 'auto' ? await leased(database) : new Snowflake(worker, systemClock);
  await database.query('INSERT INTO public.issuers DEFAULT VALUES');
  await setTimeout((await commonStart(database, others)) - Date.now());
  const issued: string[] = [];
  while (issued.length < count) {
    for (let burst = 0; burst < BURST; burst += 1) issued.push(ids.next());
    await setImmediate();
  }
  await database.onApplicationShutdown();
  return issued;
}

async function leased(database: Database): Promise<IdGenerator> {
  const ids = new LeasedSnowflake(database, systemClock);
  await poll('A lease', 10, async () => {
    await ids.acquireOrRenew();
    return ids.worker;
  });
  return ids;
}

/** When all begin: a moment after the last one was ready, in milliseconds of the wall clock. */
async function commonStart(database: Database, others: number): Promise<number> {
  return await poll('The start of all', 30, async () => {
    const [row] = await database.query<{ ready: number; last: Date }>(
      'SELECT count(*)::int AS ready, max(ready_at) AS last FROM public.issuers',
    );
    return row && row.ready >= others ? row.last.getTime() + HEAD_START_MS : undefined;
  });
}
