import { setTimeout as delay } from 'node:timers/promises';
import { answerParent } from './answer-parent.ts';
import { type Connection, connections } from './connection.ts';
import { freshAddress, freshPhone } from './fresh-identifiers.ts';
import { type Chain, refresh, signIn } from './sessions.ts';

interface Order {
  origin: string;
  seconds: number;
}

type Send = (connection: Connection, lane: number) => Promise<unknown>;
type Route = 'certs' | 'refresh' | 'mail' | 'sms';

/** Connections of each route, and for each from one request to its next: far from what the worker or the API can do. */
const LANES = 4;
const PACE_MS: Record<Route, number> = { certs: 20, refresh: 20, mail: 40, sms: 160 };
const CODES = '/v1/api/identity/otp/request';
let sessions: Chain[][] | undefined;

const routes: Record<Route, Send> = {
  certs: (connection) => connection.send(connection.encode('GET', '/jw-certs')),
  refresh: (connection, lane) => refresh(connection, sessions?.[lane]?.[0] as Chain),
  mail: (connection) => requestCode(connection, 'verify-email', { scheme: 'email', value: freshAddress() }),
  sms: (connection) => requestCode(connection, 'phone-auth', { scheme: 'phone', value: freshPhone() }),
};

/**
 * Sends so many requests a second, whatever becomes of them; answers the 99th percentile of each route, milliseconds
 * from when a request was due: one that had to wait for the answer before it counts that wait.
 */
answerParent(async ({ origin, seconds }: Order): Promise<Record<string, number>> => {
  const names = Object.keys(routes) as Route[];
  const open = names.map((name) => ({ name, lanes: connections(origin, LANES) }));
  try {
    sessions ??= await signIn(
      open.flatMap(({ lanes }) => lanes),
      LANES,
      1,
    );
    const measured = open.map(async ({ name, lanes }) => {
      const times = await Promise.all(lanes.map((lane, at) => pace(name, lane, at, seconds)));
      return [name, percentile99(times.flat())] as const;
    });
    return Object.fromEntries(await Promise.all(measured));
  } finally {
    for (const { lanes } of open) for (const connection of lanes) connection.close();
  }
});

async function pace(route: Route, connection: Connection, lane: number, seconds: number): Promise<number[]> {
  const every = PACE_MS[route];
  const times: number[] = [];
  const from = performance.now() + (lane * every) / LANES;
  for (let due = from; due < from + seconds * 1000; due += every) {
    const isLate = performance.now() > due;
    if (!isLate) await delay(due - performance.now());
    // A timer that rings late is no wait of the request's.
    const started = isLate ? due : performance.now();
    await routes[route](connection, lane);
    times.push(performance.now() - started);
  }
  return times;
}

function requestCode(connection: Connection, namespace: string, identifier: object): Promise<string> {
  return connection.send(connection.encode('POST', CODES, { namespace, identifier }));
}

function percentile99(times: number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? NaN;
}
