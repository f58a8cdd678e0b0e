import { setTimeout as delay } from 'node:timers/promises';
import { answerParent } from './answer-parent.ts';
import { connections } from './connection.ts';
import { countPerSecond } from './count.ts';
import { percentile } from './percentile.ts';
import { insist, isBusy, type Route, routes, type Sender } from './routes.ts';
import { type Chain, signIn } from './sessions.ts';

interface Order {
  origin: string;
  route: Route;
  authorization: string;
  seconds: number;
  /** Requests a second, whatever becomes of those before; as many as are answered where there is none. */
  offered?: number;
}

/** What became of what was offered: milliseconds of those that were answered, and the share of those told to come later. */
export interface Offered {
  p50: number;
  p99: number;
  refused: number;
}

const CONNECTIONS = 64;
const TICK_MS = 1;
let sessions: Chain[][] | undefined;

/** @returns answers a second over so many connections at once, or what became of what was offered */
answerParent(async ({ origin, route, authorization, seconds, offered }: Order): Promise<number | Offered> => {
  const open = connections(origin, CONNECTIONS);
  try {
    if (route === 'refresh') sessions ??= await signIn(open, CONNECTIONS, 1);
    const senders = open.map((connection, lane) => ({
      connection,
      lane,
      session: sessions?.[lane]?.[0],
      authorization,
    }));
    if (offered !== undefined) return await offer(senders, routes[route], offered, seconds);
    return await countPerSecond(CONNECTIONS, seconds, (lane) => insist(() => routes[route](senders[lane] as Sender)));
  } finally {
    for (const connection of open) connection.close();
  }
});

/**
 * Evenly so many a second, each over a connection that is free; one for which there is none waits, which counts. That
 * this process was late does not: a request's time begins when it was ready to be sent.
 */
async function offer(
  senders: Sender[],
  send: (sender: Sender) => Promise<unknown>,
  perSecond: number,
  seconds: number,
): Promise<Offered> {
  const [free, waiting] = [[...senders], [] as number[]];
  const times: number[] = [];
  let refused = 0;
  let taken = 0;
  const serve = async (sender: Sender, since: number): Promise<void> => {
    for (let from: number | undefined = since; from !== undefined; from = waiting[taken++]) {
      try {
        await send(sender);
        times.push(performance.now() - from);
      } catch (error) {
        if (!isBusy(error)) throw error;
        refused += 1;
      }
    }
    taken -= 1; // the look past the last of them
    free.push(sender);
  };
  const served: Promise<void>[] = [];
  const began = performance.now();
  for (let sent = 0; performance.now() - began < seconds * 1000; await delay(TICK_MS)) {
    const now = performance.now();
    for (const due = ((now - began) * perSecond) / 1000; sent < due; sent += 1) {
      const sender = free.pop();
      if (sender) served.push(serve(sender, now));
      else waiting.push(now);
    }
  }
  await Promise.all(served);
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99), refused: refused / (refused + times.length) };
}
