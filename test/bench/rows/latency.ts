import { type Plan, round3 } from '../support/rounds.ts';
import { startForEverybody } from '../support/sister.ts';
import type { Stage } from '../support/stage.ts';
import type { Measurement } from '../support/table.ts';
import type { Offered } from '../children/load-offered.ts';

/** Percent of what the service answers when it is asked for as much as it can: up to far more than it can. */
const OFFERED = [10, 30, 50, 70, 90, 110, 150];
const TOLD = 70;
const BEYOND = 150;
/** Of the plan's seconds: there are many turns, and one round of them. */
const TURN_FACTOR = 2 / 3;
const WARM_UP_SECONDS = 3;
const ROUTES = {
  certs: '`GET /jw-certs`',
  check: '`POST /internal/policies/check`',
  refresh: '`POST /auth/token/refresh`',
  'sign-in': '`POST /auth/sign-in`',
} as const;

/** How long an answer takes by how much is asked for, one route after the other, for the plot. */
export async function latency(stage: Stage, plan: Plan): Promise<Measurement[]> {
  const { origin, authorization } = await startForEverybody(stage);
  const load = stage.startChild('load-offered.ts');
  const seconds = plan.seconds * TURN_FACTOR;
  const measurements: Measurement[] = [];
  for (const [route, what] of Object.entries(ROUTES)) {
    const order = { origin, route, authorization, seconds };
    await load.ask({ ...order, seconds: WARM_UP_SECONDS });
    const most = await load.ask<number>(order);
    const found: Record<number, Offered> = {};
    for (const percent of OFFERED) {
      found[percent] = await load.ask<Offered>({ ...order, offered: (most * percent) / 100 });
      console.log(`  ${what}, ${percent} % of ${round3(most)}/s: ${told(found[percent])}`);
    }
    measurements.push(measurement(what, most, found));
  }
  return measurements;
}

function measurement(what: string, most: number, found: Record<number, Offered>): Measurement {
  const curve = (part: 'p50' | 'p99') => ({
    plot: 'latency' as const,
    name: `${what.replaceAll('`', '')} ${part}, 100 % is ${round3(most)}/s`,
    isSecond: part === 'p99',
    points: Object.entries(found).map(([percent, offered]) => [Number(percent), offered[part]] as [number, number]),
  });
  return {
    what: `p99 of ${what}, offered ${TOLD} % of the ${round3(most)}/s that it answers at most`,
    against: 'one turn, to be read with the plot',
    figures: [found[TOLD]?.p99 ?? NaN],
    unit: 'ms',
    bound: 'at most',
    absolute: [TOLD, BEYOND].map((percent) => `at ${percent} % ${told(found[percent])}`).join('; '),
    curves: [curve('p50'), curve('p99')],
  };
}

function told(offered: Offered | undefined): string {
  if (!offered) return 'nothing';
  const { p50, p99, refused } = offered;
  const some = refused > 0 ? `, ${round3(refused * 100)} % told to come later` : '';
  return `p50 ${round3(p50)}, p99 ${round3(p99)} ms${some}`;
}
