import { availableParallelism } from 'node:os';
import { seedPeople } from '../support/people.ts';
import { interleave, type Plan, ratios } from '../support/rounds.ts';
import type { Stage } from '../support/stage.ts';
import { absolute, type Measurement } from '../support/table.ts';

const IN_FLIGHT = 8;
/**
 * In turns of the plan. V8 is busy compiling for the first ten thousand sign-ins or so: over the first three thousand its
 * threads take 0.4 ms of each, later 0.05. At what two cores can hash that is minutes; a service runs for weeks.
 */
const WARM_UP_TURNS = 40;
/** How much longer a turn is than the plan's: of 200 completions, the eight in flight are a twenty-fifth. */
const TURN_FACTOR = 3;

const OTHERWISE =
  'beside the hash (22 ms of CPU, as much as alone) a sign-in takes 2.7 ms of the main thread, 0.4 ms of V8’s compiler and ' +
  'about 1 ms of PostgreSQL, Redis and the load, on the same two cores: 22 of 26 ms. By `perf` the main thread’s share is flat: ' +
  'the token’s signature is a tenth of it, statements and the throttle’s script an eighth, the log line a fifteenth, the rest Node, ' +
  'Fastify and Nest.';

/** Sign-in by password against the hashing alone. */
export async function signIn(stage: Stage, plan: Plan): Promise<Measurement[]> {
  await seedPeople(stage);
  const { origin } = await stage.startApi();
  const load = stage.startChild('load-sign-in.ts');
  const bare = stage.startChild('argon2-alone.ts');
  const seconds = plan.seconds * TURN_FACTOR;
  await load.ask<number>({ origin, inFlight: IN_FLIGHT, seconds: plan.seconds * WARM_UP_TURNS });
  const figures = await interleave(plan, {
    'sign-ins': () => load.ask<number>({ origin, inFlight: IN_FLIGHT, seconds }),
    verifications: () => bare.ask<number>({ inFlight: IN_FLIGHT, concurrency: availableParallelism(), seconds }),
  });
  return [
    {
      what: `\`POST /auth/sign-in\`, right password, ${IN_FLIGHT} in flight`,
      against: 'argon2 alone, same parameters',
      figures: ratios(figures['sign-ins'], figures.verifications),
      limit: 0.9,
      bound: 'at least',
      absolute: absolute(figures['sign-ins'], figures.verifications, '/s'),
      otherwise: OTHERWISE,
    },
  ];
}
