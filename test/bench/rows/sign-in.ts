import { availableParallelism } from 'node:os';
import { seedPeople } from '../support/people.ts';
import { interleave, type Plan, ratios } from '../support/rounds.ts';
import type { Stage } from '../support/stage.ts';
import { absolute, type Measurement } from '../support/table.ts';

const IN_FLIGHT = 8;

/** Sign-in by password against the hashing alone. */
export async function signIn(stage: Stage, plan: Plan): Promise<Measurement[]> {
  await seedPeople(stage);
  const { origin } = await stage.startApi();
  const load = stage.startChild('load-sign-in.ts');
  const bare = stage.startChild('argon2-alone.ts');
  const { seconds } = plan;
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
    },
  ];
}
