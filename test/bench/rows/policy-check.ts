import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CHECK_PATH, forgetPolicies, seedPolicies, subjectsOf } from '../support/policies.ts';
import { createSister } from '../support/sister.ts';
import type { Curve } from '../support/plots.ts';
import { interleave, median, type Plan, ratios, round3 } from '../support/rounds.ts';
import { residentMib, type Stage } from '../support/stage.ts';
import { absolute, type Measurement } from '../support/table.ts';

const SIZES = [1000, 100_000, 1_000_000] as const;
const LARGEST = 1_000_000;
const CONNECTIONS = 32;
const WARM = { subjects: 50, checks: 20_000 };
/** As many as there are subjects at 1,000 definitions; of more definitions some from everywhere. */
const COLD = 100;
/** Nobody outside a process can see that it has heard; this is many times as long as it takes. */
const HEARD_MS = 200;
const HOT = 10_000;
const BATCH_PATH = `${CHECK_PATH}-batch`;
const MAX_MIB = 384;
/** Of an answer: written by Fastify, or of this one answer alone. */
const BY_FASTIFY = ['connection', 'content-length', 'content-type', 'date', 'keep-alive', 'x-request-id'];

interface Times {
  p50: number;
  p99: number;
}

/** Checks in process and over HTTP, warm and cold, by how many definitions there are. */
export async function policyCheck(stage: Stage, plan: Plan): Promise<Measurement[]> {
  const urls: Record<number, string> = {};
  for (const size of SIZES) {
    console.log(`  seeding ${size.toLocaleString('en')} definitions`);
    urls[size] = await seedPolicies(stage, size);
  }
  const inside = await inProcess(stage, plan, urls);
  await stage.endRow();
  return [...inside, ...(await overHttp(stage, plan, urls[LARGEST] ?? ''))];
}

async function inProcess(stage: Stage, plan: Plan, urls: Record<number, string>): Promise<Measurement[]> {
  const children = new Map(SIZES.map((size) => [size, stage.startChild('checks-in-process.ts')]));
  for (const [size, child] of children)
    await child.ask({
      kind: 'open',
      env: stage.settings({ DATABASE_URL: urls[size] ?? '', LOG_LEVEL: 'silent', MANAGEMENT_PORT: '0' }),
    });
  const ask = (size: (typeof SIZES)[number], order: object) => {
    const child = children.get(size);
    if (!child) throw new Error(`no child for ${size}`);
    return child.ask<Times>(order);
  };
  const tails: number[] = [];
  const cold = (size: (typeof SIZES)[number]) => async () => {
    await forgetPolicies(urls[size] ?? '');
    await delay(HEARD_MS);
    return (await ask(size, { kind: 'cold', subjects: COLD, step: subjectsOf(size) / COLD })).p50;
  };
  const figures = await interleave(plan, {
    'warm ms': async () => {
      const { p50, p99 } = await ask(LARGEST, { kind: 'warm', ...WARM });
      tails.push(p99);
      return p50;
    },
    'bare ms': async () => (await ask(LARGEST, { kind: 'bare', checks: WARM.checks })).p50,
  });
  const colds = await interleave(plan, {
    '1,000 ms': cold(1000),
    '100,000 ms': cold(100_000),
    '1,000,000 ms': cold(LARGEST),
  });
  const growth = (side: '100,000 ms' | '1,000,000 ms'): Measurement => ({
    what: `a policy check, subject cold, ${side.replace(' ms', '')} definitions`,
    against: 'the same at 1,000',
    figures: ratios(colds[side], colds['1,000 ms']),
    limit: 2,
    bound: 'at most',
    absolute: absolute(colds[side], colds['1,000 ms'], 'ms'),
  });
  const at = [colds['1,000 ms'], colds['100,000 ms'], colds['1,000,000 ms']];
  const curve: Curve = {
    plot: 'cost-by-size',
    name: `policy check, subject cold (${round3(median(colds['1,000 ms']))} ms at 1,000 definitions)`,
    points: SIZES.map((size, index) => [size, median(ratios(at[index] ?? [], colds['1,000 ms']))]),
  };
  return [
    {
      what: 'a policy check, subject warm, 1,000,000 definitions, p50',
      against: 'a Map look-up and `enforceSync` over 20 lines',
      figures: ratios(figures['warm ms'], figures['bare ms']),
      limit: 2,
      bound: 'at most',
      absolute: absolute(figures['warm ms'], figures['bare ms'], 'ms'),
    },
    {
      what: 'the same, p99',
      against: 'the limit',
      figures: tails.slice(1),
      unit: 'ms',
      limit: 1,
      bound: 'at most',
    },
    growth('100,000 ms'),
    { ...growth('1,000,000 ms'), curves: [curve] },
  ];
}

async function overHttp(stage: Stage, plan: Plan, databaseUrl: string): Promise<Measurement[]> {
  const api = await stage.startApi({ DATABASE_URL: databaseUrl });
  const authorization = await createSister(stage, databaseUrl);
  const bare = stage.startChild('bare-fastify.ts');
  const port = await stage.freePort();
  const nest = stage.startChild('bare-nest.ts');
  const nestPort = await stage.freePort();
  const twin = {
    method: 'POST',
    path: CHECK_PATH,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: '{"allowed":true,"policyId":"100000010"}',
  };
  await bare.ask({ ...twin, port });
  await nest.ask({ ...twin, port: nestPort });
  const byHand = await startByHand(stage, api.origin, authorization);
  const load = stage.startChild('load-checks.ts');
  const many = { path: CHECK_PATH, from: 1, subjects: HOT, inFlight: CONNECTIONS, seconds: plan.seconds };
  // Each subject is cold once.
  await load.ask({ ...many, origin: api.origin, authorization, inFlight: 8, seconds: 0 });
  const figures = await interleave(plan, {
    ours: () => load.ask<number>({ ...many, origin: api.origin, authorization }),
    bare: () => load.ask<number>({ ...many, origin: `http://127.0.0.1:${port}` }),
    'bare Nest': () => load.ask<number>({ ...many, origin: `http://127.0.0.1:${nestPort}` }),
    'by hand': () => load.ask<number>({ ...many, origin: byHand, authorization }),
  });
  const memory = residentMib(api.pid);
  let from = HOT + 1;
  const fresh = (count: number) => (from += count) - count;
  const cold = (order: object, subjects: number) => () =>
    load.ask<number>({
      origin: api.origin,
      authorization,
      inFlight: 1,
      seconds: 0,
      subjects,
      from: fresh(subjects),
      ...order,
    });
  const size = 100;
  const batches = await interleave(plan, {
    'one ms': cold({ path: CHECK_PATH }, 100),
    'one subject, 100 objects, ms': cold({ path: BATCH_PATH, batch: { size, distinct: false } }, 100),
    '100 subjects ms': cold({ path: BATCH_PATH, batch: { size, distinct: true } }, 20 * size),
  });
  const batch = (
    side: 'one subject, 100 objects, ms' | '100 subjects ms',
    what: string,
    limit: number,
  ): Measurement => ({
    what: `100 checks in one request, cold, ${what}`,
    against: 'one check in a request, cold',
    figures: ratios(batches[side], batches['one ms']),
    limit,
    bound: 'at most',
    absolute: absolute(batches[side], batches['one ms'], 'ms'),
  });
  const explaining = (side: 'bare Nest' | 'by hand', what: string): Measurement => ({
    what,
    against: 'bare Fastify POST with the same body',
    figures: ratios(figures[side], figures.bare),
    bound: 'at least',
    absolute: absolute(figures[side], figures.bare, '/s'),
  });
  return [
    {
      what: `a check over HTTP, ${CONNECTIONS} connections, ${HOT.toLocaleString('en')} subjects of ${subjectsOf(LARGEST).toLocaleString('en')}`,
      against: 'bare Fastify POST with the same body',
      figures: ratios(figures.ours, figures.bare),
      limit: 0.4,
      bound: 'at least',
      absolute: absolute(figures.ours, figures.bare, '/s'),
      otherwise: costOf(figures),
    },
    explaining('bare Nest', 'a bare Nest POST on Fastify'),
    explaining('by hand', 'what a check owes by its contract, by hand on Fastify: no Nest, no policies'),
    {
      what: 'memory after it',
      against: 'the limit',
      figures: [memory],
      unit: 'MiB',
      limit: MAX_MIB,
      bound: 'at most',
    },
    batch('one subject, 100 objects, ms', 'one subject', 3),
    // A hundred times as much is read: the limit is what a hundred requests would take.
    batch('100 subjects ms', '100 subjects', size),
  ];
}

/** The same work without what is around it, with the same headers. @returns its address */
async function startByHand(stage: Stage, model: string, authorization: string): Promise<string> {
  const answer = await fetch(`${model}/v1/api/identity/healthz`);
  const headers = Object.fromEntries([...answer.headers].filter(([name]) => !BY_FASTIFY.includes(name)));
  const child = stage.startChild('check-by-hand.ts');
  const port = await stage.freePort();
  await child.ask({ port, path: CHECK_PATH, authorization, headers, logFile: join(stage.folder, 'by-hand.log') });
  return `http://127.0.0.1:${port}`;
}

/** Where the time of a check over HTTP goes, of one thread each. */
function costOf(perSecond: Record<'ours' | 'bare' | 'bare Nest' | 'by hand', number[]>): string {
  const micros = (side: keyof typeof perSecond) => 1e6 / median(perSecond[side]);
  const [bare, nest, owed] = [micros('bare'), micros('bare Nest') - micros('bare'), micros('by hand') - micros('bare')];
  return (
    `of ${round3(micros('ours'))} µs of one thread Fastify takes ${round3(bare)}, Nest ${round3(nest)}, and what a check owes ` +
    `beside, done by hand, ${round3(owed)}: request id and context, the headers, name and secret proven (SHA-256, base64 in one ` +
    'spelling only), a body with a name twice refused, validation, metrics and a line of the log. What is left is three guards, ' +
    'the policies and their decision. By `perf` it is flat: no function takes more than a few percent.'
  );
}
