import { setTimeout as delay } from 'node:timers/promises';
import { poll } from '@platform/testing';
import { isUndecided } from './caller.js';
import { faultOf } from './faults.js';
import type { Ledger } from './ledger.js';
import { startPeople, type World } from './people.js';
import { type Stage, untilAllReady } from './stage.js';
import { nameOf, type Row } from './table.js';
import { countUnknownSms, judge, type Messages, settle } from './verdict.js';

const KEYS_EACH_MS = 200;
const WARM_SECONDS = 120;
/** How long all deeds may take to succeed again, on a machine that does other things too. */
const RECOVERED_SECONDS = 60;
const FELT_SECONDS = 90;
/**
 * A second, and more for a machine that is busy: of the quickest quarter of the refusals, where a fault brings some.
 * Single ones are held to a second by other tests; the document tells the one in the middle, and the slowest.
 */
const REFUSED_WITHIN_MS = 3000;
const FELT_TIMES = 5;
const ORDERS = 3;

/** What was seen of one fault. */
export interface Seen extends Messages {
  name: string;
  requests: number;
  acknowledged: number;
  refused: number;
  unanswered: number;
  medianRefusalMs: number;
  slowestRefusalMs: number;
  /** From the end of the fault until every deed was begun and done anew. */
  recoveredSeconds: number;
  accounts: number;
  liveSessions: number;
  endedSessions: number;
  codes: number;
  grants: number;
  wrongs: string[];
}

/** Lets people live, has the fault happen among them, and tries afterwards what they were told. */
export async function runRow(row: Row, stage: Stage): Promise<Seen> {
  await untilAllReady(stage);
  for (const sink of [stage.stores.mail, stage.stores.sms]) sink.clear();
  const unknownBefore = await countUnknownSms(stage);
  const world = stage.newWorld();
  const { ledger } = world;
  const people = startPeople(world);
  const keys = startKeys(world);
  let faultAt = 0;
  let recoveredSeconds = 0;
  try {
    await poll(
      'every deed',
      WARM_SECONDS,
      () => ledger.missing(0).length === 0 || ledger.wrongs.length > 0 || undefined,
    );
    if (ledger.wrongs.length > 0) throw new Error(`wrong before anything fails: ${counted(ledger.wrongs).join('; ')}`);
    faultAt = performance.now();
    await beFelt(row, stage, ledger, faultAt);
    recoveredSeconds = await untilRecovered(ledger);
  } finally {
    await Promise.all([people.finish(), keys.finish()]);
  }
  const messages = await settle(row, stage, world, { faultAt, unknownBefore });
  const journey = account(row, ledger);
  await judge(stage, world);
  return { name: nameOf(row), ...journey, ...messages, recoveredSeconds, wrongs: counted(ledger.wrongs) };
}

/** Begins the fault, holds it until those who call have felt it, and ends it whatever happens. */
async function beFelt(row: Row, stage: Stage, ledger: Ledger, faultAt: number): Promise<void> {
  const { losesLastMs } = row;
  if (losesLastMs !== undefined) ledger.mayBeLost = ({ at }) => Math.abs(at - faultAt) < losesLastMs;
  const fault = faultOf(row, stage);
  const until = delay(row.lastsMs ?? 0);
  try {
    await fault.begin(stage);
    await poll(`${nameOf(row)}, felt by ${row.felt}`, FELT_SECONDS, () => isFelt(row, ledger, faultAt) || undefined);
    await until;
  } finally {
    await fault.end(stage);
    stage.silent.clear();
  }
}

function isFelt({ felt }: Row, { heard, orders }: Ledger, faultAt: number): boolean {
  if (felt === 'time') return true;
  if (felt === 'orders') {
    return orders.filter(({ at, challengeId }) => at > faultAt && challengeId !== undefined).length >= ORDERS;
  }
  const status = felt === 'refusals' ? 503 : 0;
  return heard.filter((one) => one.at + one.ms > faultAt && one.status === status).length >= FELT_TIMES;
}

async function untilRecovered(ledger: Ledger): Promise<number> {
  const endedAt = performance.now();
  await poll('recovery', RECOVERED_SECONDS, () => ledger.missing(endedAt).length === 0 || undefined).catch(() =>
    ledger.wrong(`not recovered within ${RECOVERED_SECONDS} s: ${ledger.missing(endedAt).join(', ')}`),
  );
  return (performance.now() - endedAt) / 1000;
}

/** Sisters and their libraries fetch the keys of either process all along. */
function startKeys({ ledger, newCaller }: World): { finish(): Promise<void> } {
  const over = new AbortController();
  const all = [0, 1].map(async (api) => {
    const caller = newCaller();
    while (!over.signal.aborted) {
      const { status } = await caller.ask('keys', { method: 'GET', path: '/jw-certs' }, api);
      if (status !== 200 && status !== 0) ledger.wrong(`keys: ${status}`);
      await delay(KEYS_EACH_MS);
    }
  });
  return {
    finish: async () => {
      over.abort();
      await Promise.all(all);
    },
  };
}

/** Counts what was said while people lived, before anybody looks after it. */
function account({ felt }: Row, ledger: Ledger) {
  const { heard, accounts, sessions, orders, grants } = ledger;
  const refusals = heard.filter(({ status }) => status === 503).map(({ ms }) => ms);
  const sorted = refusals.toSorted((one, other) => one - other);
  const quarter = sorted[Math.floor(sorted.length / 4)] ?? 0;
  if (felt === 'refusals' && quarter > REFUSED_WITHIN_MS)
    ledger.wrong(`most refusals took more than ${Math.round(quarter)} ms`);
  return {
    requests: heard.length,
    acknowledged: heard.filter((one) => !isUndecided(one)).length,
    refused: refusals.length,
    unanswered: heard.filter(({ status }) => status === 0).length,
    medianRefusalMs: sorted[Math.floor(sorted.length / 2)] ?? 0,
    slowestRefusalMs: sorted.at(-1) ?? 0,
    accounts: accounts.length,
    liveSessions: sessions.filter(({ ended }) => !ended).length,
    endedSessions: sessions.filter(({ ended }) => ended).length,
    codes: orders.filter(({ challengeId }) => challengeId !== undefined).length,
    grants: grants.length,
  };
}

/** The same words once, with how often they were said. */
function counted(texts: string[]): string[] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].map(([text, count]) => (count > 1 ? `${text} (${count} times)` : text));
}
