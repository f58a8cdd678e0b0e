import { setTimeout as delay } from 'node:timers/promises';
import { interleave, type Plan, ratios } from '../support/rounds.ts';
import { answers, residentMib, type Stage } from '../support/stage.ts';
import { absolute, type Measurement } from '../support/table.ts';

const IDLE_MS = 5000;
const PAUSE_MS = 5;

/** From the start of the process to its first good answer, and what it holds in memory when it idles. */
export async function boot(stage: Stage, plan: Plan): Promise<Measurement[]> {
  const memory: number[] = [];
  const figures = await interleave(plan, {
    'our seconds': async () => {
      const started = performance.now();
      const { child, origin, pid } = await stage.startApi({}, false);
      const seconds = await firstAnswer(`${origin}/v1/api/identity/readyz`, started);
      await delay(IDLE_MS);
      memory.push(residentMib(pid));
      await child.stop();
      return seconds;
    },
    'empty Nest': async () => {
      const port = await stage.freePort();
      const started = performance.now();
      const child = stage.startChild('empty-nest.mjs', [String(port)]);
      const seconds = await firstAnswer(`http://127.0.0.1:${port}/`, started);
      await child.stop();
      return seconds;
    },
  });
  const seconds = figures['our seconds'];
  const what = 'start to ready (schema current, services up)';
  return [
    { what, against: 'the limit', figures: seconds, unit: 's', limit: 2.5, bound: 'at most' },
    {
      what,
      against: 'an empty Nest Fastify app',
      figures: ratios(seconds, figures['empty Nest']),
      limit: 3,
      bound: 'at most',
      absolute: absolute(seconds, figures['empty Nest'], 's'),
      otherwise:
        'three quarters of the start are imports (TypeORM, BullMQ, Swagger and zod above all), which an empty app has none ' +
        'of; the rest is the OpenAPI document, the keys and the first connections. Deployments wait for none of it: the old ' +
        'pods serve until the new ones are ready.',
    },
    {
      what: 'memory, 5 s after ready, idle',
      against: 'the limit',
      figures: memory.slice(1),
      unit: 'MiB',
      limit: 200,
      bound: 'at most',
    },
  ];
}

async function firstAnswer(url: string, started: number): Promise<number> {
  while (!(await answers(url))) {
    if (performance.now() - started > 30_000) throw new Error(`${url} did not answer 200 within 30 s`);
    await delay(PAUSE_MS);
  }
  return (performance.now() - started) / 1000;
}
