import { setTimeout as delay } from 'node:timers/promises';
import { interleave, median, type Plan, ratios, round3 } from '../support/rounds.ts';
import { startForEverybody } from '../support/sister.ts';
import type { Stage } from '../support/stage.ts';
import { absolute, type Measurement } from '../support/table.ts';

const IN_FLIGHT = 64;
/** Until everybody waits for a hash who is to wait for one. */
const LEAD_SECONDS = 1;
/** So much longer do sign-ins go on than what is measured beside them. */
const TAIL_SECONDS = 0.5;
/** For V8 to compile what is used most; the rest of it, a matter of minutes, is as long under way on both sides. */
const WARM_UP_TURNS = 5;
const ROUTES = {
  certs: '`GET /jw-certs`',
  refresh: '`POST /auth/token/refresh`',
  check: '`POST /internal/policies/check`',
} as const;
const SENT = Object.keys(ROUTES);

const OTHERWISE =
  'hashes yield to the thread that answers (ADR 37), not to PostgreSQL, Redis and the load, which here have the same ' +
  'processors: without sign-ins these are idle for most of the time, with them never.';

type Percentiles = Record<keyof typeof ROUTES, number>;

/** What the other routes feel of more sign-ins than can be hashed at once: their 99th percentiles with and without. */
export async function signInStorm(stage: Stage, plan: Plan): Promise<Measurement[]> {
  const { origin, authorization } = await startForEverybody(stage);
  const storm = stage.startChild('load-sign-in.ts');
  const beside = stage.startChild('load-paced.ts');
  const pace = (seconds: number) => beside.ask<Percentiles>({ origin, routes: SENT, authorization, seconds });
  const signIns: number[] = [];
  const found = { alone: [] as Percentiles[], beside: [] as Percentiles[] };
  await pace(LEAD_SECONDS); // signs in who is to be refreshed
  await storm.ask({ origin, inFlight: IN_FLIGHT, seconds: plan.seconds * WARM_UP_TURNS });
  // A 99th percentile is what a few bad moments of the machine make it: more rounds than elsewhere.
  await interleave(
    { ...plan, rounds: plan.rounds * 2 },
    {
      'certs ms, alone': async () => {
        await pace(LEAD_SECONDS);
        found.alone.push(await pace(plan.seconds));
        return found.alone.at(-1)?.certs ?? NaN;
      },
      'certs ms, beside sign-ins': async () => {
        const seconds = LEAD_SECONDS + plan.seconds + TAIL_SECONDS;
        const signing = storm.ask<number>({ origin, inFlight: IN_FLIGHT, seconds });
        await Promise.race([signing, delay(LEAD_SECONDS * 1000)]);
        found.beside.push(await pace(plan.seconds));
        signIns.push(await signing);
        return found.beside.at(-1)?.certs ?? NaN;
      },
    },
  );
  return Object.entries(ROUTES).map(([route, what]): Measurement => {
    const of = (side: Percentiles[]) => side.slice(1).map((percentiles) => percentiles[route as keyof typeof ROUTES]);
    return {
      what: `p99 of ${what}, ${IN_FLIGHT} sign-ins in flight beside it`,
      against: 'the same without them',
      figures: ratios(of(found.beside), of(found.alone)),
      limit: 3,
      bound: 'at most',
      otherwise: OTHERWISE,
      absolute: `${absolute(of(found.beside), of(found.alone), 'ms')}, at ${round3(median(signIns.slice(1)))} sign-ins/s`,
    };
  });
}
