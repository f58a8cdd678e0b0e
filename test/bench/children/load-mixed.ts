import { setTimeout as delay } from 'node:timers/promises';
import { SUBJECTS, checkOfDevice } from '../soak/devices.ts';
import { answerParent } from './answer-parent.ts';
import { Caller, takeTraffic } from './mixed/caller.ts';
import { openInboxes } from './mixed/inboxes.ts';
import { byMail, byName, byPhone, refresh, signUp, whoAmI } from './mixed/journeys.ts';

type Order =
  /** Opens a mail server and an SMS gateway, which the journeys get their codes from. */
  | { do: 'listen'; mail: number; sms: number }
  /** Begins, with every second lane at another of the origins. @param authorization `Basic …`, for checks */
  | { do: 'start'; origins: string[]; authorization: string }
  /** Tells what was done since the last time. */
  | { do: 'take' }
  /** Ends once every journey under way has; tells the rest. */
  | { do: 'stop' };

interface Work {
  lanes: number;
  /** From the start of one to the start of the next, on one lane. */
  everyMs: number;
  /** What a lane does, again and again, made once for each lane. */
  begin: (origin: string) => Promise<() => Promise<unknown>>;
}

/** About 300 requests a second, a dozen of them with a password to hash: what two cores do with room to spare. */
const works = (authorization: string): Work[] => [
  { lanes: 2, everyMs: 1000, begin: async (origin) => () => byName(origin) },
  { lanes: 2, everyMs: 1000, begin: async (origin) => () => byMail(origin) },
  { lanes: 2, everyMs: 1000, begin: async (origin) => () => byPhone(origin) },
  { lanes: 2, everyMs: 20, begin: async (origin) => keySet(new Caller(origin)) },
  { lanes: 2, everyMs: 20, begin: async (origin) => checks(new Caller(origin), authorization) },
  { lanes: 2, everyMs: 40, begin: (origin) => refreshes(new Caller(origin)) },
  { lanes: 2, everyMs: 40, begin: (origin) => whoAmIs(new Caller(origin)) },
];
/** After something unexpected, so that a service that is away is not asked a million times. */
const PAUSE_MS = 500;

const over = new AbortController();
let running: Promise<unknown> = Promise.resolve();

/** The mixed load of the soak and of the row `memory`. */
answerParent(async (order: Order) => {
  if (order.do === 'listen') return await openInboxes(order);
  if (order.do === 'start') {
    const { origins } = order;
    const all = works(order.authorization).flatMap((work) => Array.from({ length: work.lanes }, () => work));
    running = Promise.all(all.map((work, at) => run(work, origins[at % origins.length] ?? '')));
    return undefined;
  }
  if (order.do === 'stop') {
    over.abort();
    await running;
  }
  return takeTraffic();
});

async function run({ everyMs, begin }: Work, origin: string): Promise<void> {
  let work: (() => Promise<unknown>) | undefined;
  for (let due = performance.now(); !over.signal.aborted; due = Math.max(due + everyMs, performance.now())) {
    await delay(Math.max(0, due - performance.now()));
    try {
      work ??= await begin(origin);
      await work();
    } catch {
      // Counted where it happened. A chain that broke begins anew.
      work = undefined;
      await delay(PAUSE_MS);
    }
  }
}

function keySet(caller: Caller): () => Promise<unknown> {
  return () => caller.send('GET /jw-certs', 200, { path: '/jw-certs' });
}

function checks(caller: Caller, authorization: string): () => Promise<unknown> {
  let next = 0;
  return async () => {
    next = (next + 1) % SUBJECTS;
    await caller.send('POST /internal/policies/check', 200, { body: checkOfDevice(next), authorization });
  };
}

async function refreshes(caller: Caller): Promise<() => Promise<unknown>> {
  let { tokens } = await signUp(caller);
  return async () => {
    tokens = await refresh(caller, tokens);
  };
}

/** Renews its token long before it is over. */
async function whoAmIs(caller: Caller): Promise<() => Promise<unknown>> {
  let { tokens } = await signUp(caller);
  let times = 0;
  return async () => {
    times += 1;
    if (times % 500 === 0) tokens = await refresh(caller, tokens);
    await whoAmI(caller, tokens);
  };
}
