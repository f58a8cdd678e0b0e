import { fillPeople } from '../support/people.ts';
import { interleave, median, type Plan, ratios, round3 } from '../support/rounds.ts';
import { createSister } from '../support/sister.ts';
import type { Stage } from '../support/stage.ts';
import { absolute, type Measurement } from '../support/table.ts';

const SIZES = [10_000, 100_000, 1_000_000];
const [SMALLEST, ...LARGER] = SIZES as [number, ...number[]];
const IN_FLIGHT = { 'sign-in': 8, refresh: 16, 'look-up': 16 } as const;
const LOOKED_AT = {
  'sign-in': '`POST /auth/sign-in`',
  refresh: '`POST /auth/token/refresh`',
  'look-up': '`POST /internal/users/lookup`, one name',
} as const;

const OTHERWISE =
  'the statements find their rows by an index at every size. More people are more pages, of which PostgreSQL, with its own ' +
  'default of 128 MiB of cache here, asks the kernel for some, and writes each to its log as a whole when it is first changed ' +
  'after a checkpoint.';

type Kind = keyof typeof LOOKED_AT;

/** What a request costs by how many people there are, each with a session; whoever it is about may be any of them. */
export async function sizes(stage: Stage, plan: Plan): Promise<Measurement[]> {
  const loads = new Map<number, (kind: Kind) => Promise<number>>();
  for (const size of SIZES) loads.set(size, await prepare(stage, size, plan.seconds));
  const measurements: Measurement[] = [];
  for (const kind of Object.keys(LOOKED_AT) as Kind[]) {
    const side = (size: number) => `${size.toLocaleString('en')} people`;
    const turns = SIZES.map((size) => [side(size), async () => (await loads.get(size)?.(kind)) ?? NaN] as const);
    console.log(`  ${LOOKED_AT[kind]}: milliseconds by how many people there are`);
    const figures = await interleave<string>(plan, Object.fromEntries(turns));
    const of = (size: number) => figures[side(size)] ?? [];
    const one = of(SMALLEST);
    const points = SIZES.map((size) => [size, median(ratios(of(size), one))] as [number, number]);
    const name = `${kind} (${round3(median(one))} ms at ${SMALLEST.toLocaleString('en')} people)`;
    for (const size of LARGER) {
      measurements.push({
        what: `${LOOKED_AT[kind]}, ${side(size)} with a session each, ${IN_FLIGHT[kind]} in flight`,
        against: `the same at ${SMALLEST.toLocaleString('en')}`,
        figures: ratios(of(size), one),
        limit: 1.2,
        bound: 'at most',
        otherwise: OTHERWISE,
        absolute: absolute(of(size), one, 'ms'),
        ...(size === SIZES.at(-1) && { curves: [{ plot: 'cost-by-size', name, points }] }),
      });
    }
  }
  return measurements;
}

/** A database with so many people, and a service on it. @returns what measures milliseconds between two answers */
async function prepare(stage: Stage, people: number, seconds: number): Promise<(kind: Kind) => Promise<number>> {
  console.log(`  seeding ${people.toLocaleString('en')} people`);
  const databaseUrl = await stage.createDatabase(`people_${people}`);
  await stage.identityWith({ overrides: { DATABASE_URL: databaseUrl } }, 'migrate');
  await fillPeople(databaseUrl, people);
  const authorization = await createSister(stage, databaseUrl);
  const { origin } = await stage.startApi({ DATABASE_URL: databaseUrl });
  const keyFile = stage.settings({})['REFRESH_TOKEN_KEY_FILE'];
  const [signIns, others] = [stage.startChild('load-sign-in.ts'), stage.startChild('load-accounts.ts')];
  return async (kind) => {
    const order = { kind, origin, people, keyFile, authorization, inFlight: IN_FLIGHT[kind], seconds };
    return 1000 / (await (kind === 'sign-in' ? signIns : others).ask<number>(order));
  };
}
