import { availableParallelism } from 'node:os';
import { seedPeople } from '../support/people.ts';
import { interleave, median, type Plan, ratios, round3 } from '../support/rounds.ts';
import { mallocSettings, type Stage } from '../support/stage.ts';
import { absolute, type Measurement } from '../support/table.ts';

const IN_FLIGHT = 8;
/**
 * In turns of the plan. V8 is busy compiling for the first ten thousand sign-ins or so: over the first three thousand its
 * threads take 0.4 ms of each, later 0.05. At what two cores can hash that is minutes; a service runs for weeks.
 */
const WARM_UP_TURNS = 40;
/** How much longer a turn is than the plan's: of 200 completions, the eight in flight are a twenty-fifth. */
const TURN_FACTOR = 3;

/** Sign-in by password against the hashing alone. */
export async function signIn(stage: Stage, plan: Plan): Promise<Measurement[]> {
  await seedPeople(stage);
  const { origin } = await stage.startApi();
  const load = stage.startChild('load-sign-in.ts');
  const bare = stage.startChild('argon2-alone.ts');
  const settled = stage.startChild('argon2-alone.ts', [], await mallocSettings());
  const order = { inFlight: IN_FLIGHT, concurrency: availableParallelism() };
  const seconds = plan.seconds * TURN_FACTOR;
  await load.ask<number>({ origin, inFlight: IN_FLIGHT, seconds: plan.seconds * WARM_UP_TURNS });
  const figures = await interleave(plan, {
    'sign-ins': () => load.ask<number>({ origin, inFlight: IN_FLIGHT, seconds }),
    verifications: () => bare.ask<number>({ ...order, seconds }),
    'with our malloc': () => settled.ask<number>({ ...order, seconds }),
  });
  return [
    {
      what: `\`POST /auth/sign-in\`, right password, ${IN_FLIGHT} in flight`,
      against: 'argon2 alone, same parameters',
      figures: ratios(figures['sign-ins'], figures.verifications),
      limit: 0.95,
      bound: 'at least',
      absolute: absolute(figures['sign-ins'], figures.verifications, '/s'),
      otherwise: costOf(figures['sign-ins'], figures['with our malloc']),
    },
    {
      what: "argon2 alone, malloc set as the service's entrypoint does (ADR 19)",
      against: 'argon2 alone, same parameters',
      figures: ratios(figures['with our malloc'], figures.verifications),
      bound: 'at least',
      absolute: absolute(figures['with our malloc'], figures.verifications, '/s'),
    },
  ];
}

/** Where the time of a sign-in goes. */
function costOf(signIns: number[], verifications: number[]): string {
  const cpu = (perSecond: number[]) => (1000 * availableParallelism()) / median(perSecond);
  const [whole, hash] = [cpu(signIns), cpu(verifications)];
  return (
    `of ${round3(whole)} ms of CPU for each sign-in the hash takes ${round3(hash)}, and ${round3(whole - hash)} go to all that ` +
    'must be done beside it on the same processors: the thread that answers (by `perf` its share is flat: the token’s signature, ' +
    'statements and the throttle’s script, the log line, Node, Fastify and Nest), V8’s compiler, PostgreSQL, Redis and the load.'
  );
}
