import { setTimeout as delay } from 'node:timers/promises';
import { answerParent } from './answer-parent.ts';
import { connections } from './connection.ts';
import { percentile } from './percentile.ts';
import { type Route, routes, type Sender } from './routes.ts';
import { type Chain, signIn } from './sessions.ts';

interface Order {
  origin: string;
  /** Which are sent, all of them at the same time. */
  routes: Route[];
  seconds: number;
  /** `Basic …`, for checks. */
  authorization?: string;
}

/** Connections of each route, and for each from one request to its next: far from what the worker or the API can do. */
const LANES = 4;
const PACE_MS: Partial<Record<Route, number>> = { certs: 20, refresh: 20, check: 20, mail: 40, sms: 160 };
let sessions: Chain[][] | undefined;

/**
 * Sends so many requests a second, whatever becomes of them; answers the 99th percentile of each route, milliseconds
 * from when a request was due: one that had to wait for the answer before it counts that wait.
 */
answerParent(async ({ origin, routes: names, seconds, authorization }: Order): Promise<Record<string, number>> => {
  const open = names.map((name) => ({ name, lanes: connections(origin, LANES) }));
  try {
    sessions ??= await signIn(
      open.flatMap(({ lanes }) => lanes),
      LANES,
      1,
    );
    const measured = open.map(async ({ name, lanes }) => {
      const paced = lanes.map((connection, lane) =>
        pace(name, { connection, lane, session: sessions?.[lane]?.[0], authorization }, seconds),
      );
      const times = await Promise.all(paced);
      return [name, percentile(times.flat(), 0.99)] as const;
    });
    return Object.fromEntries(await Promise.all(measured));
  } finally {
    for (const { lanes } of open) for (const connection of lanes) connection.close();
  }
});

async function pace(route: Route, sender: Sender, seconds: number): Promise<number[]> {
  const every = PACE_MS[route] ?? NaN;
  const times: number[] = [];
  const from = performance.now() + (sender.lane * every) / LANES;
  for (let due = from; due < from + seconds * 1000; due += every) {
    const isLate = performance.now() > due;
    if (!isLate) await delay(due - performance.now());
    // A timer that rings late is no wait of the request's.
    const started = isLate ? due : performance.now();
    await routes[route](sender);
    times.push(performance.now() - started);
  }
  return times;
}
