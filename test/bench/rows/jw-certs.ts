import type { Child } from '../support/child.ts';
import { interleave, type Plan, ratios } from '../support/rounds.ts';
import type { Stage } from '../support/stage.ts';
import { absolute, type Measurement } from '../support/table.ts';

const CONNECTIONS = 32;
const PATH = '/jw-certs';
/** Fastify writes these by itself. */
const OWN_HEADERS = ['connection', 'content-length', 'date', 'keep-alive'];

/** The key set, access log on and off, against a bare Fastify route that sends the same bytes. */
export async function jwCerts(stage: Stage, plan: Plan): Promise<Measurement[]> {
  const [logging, quiet] = [await stage.startApi(), await stage.startApi({ LOG_LEVEL: 'warn' })];
  const bare = await startBare(stage, logging.origin);
  const load = stage.startChild('load-get.ts');
  const get = (origin: string) => () =>
    load.ask<number>({ origin, path: PATH, inFlight: CONNECTIONS, seconds: plan.seconds });
  const figures = await interleave(plan, {
    'log on': get(logging.origin),
    'log off': get(quiet.origin),
    bare: get(bare.origin),
  });
  const measurement = (side: 'log on' | 'log off', limit: number): Measurement => ({
    what: `\`GET ${PATH}\`, ${CONNECTIONS} connections, access ${side}`,
    against: 'a bare Fastify route, same bytes',
    figures: ratios(figures[side], figures.bare),
    limit,
    bound: 'at least',
    absolute: absolute(figures[side], figures.bare, '/s'),
  });
  return [measurement('log on', 0.5), measurement('log off', 0.7)];
}

async function startBare(stage: Stage, model: string): Promise<{ child: Child; origin: string }> {
  const answer = await fetch(`${model}${PATH}`);
  const headers = Object.fromEntries([...answer.headers].filter(([name]) => !OWN_HEADERS.includes(name)));
  const child = stage.startChild('bare-fastify.ts');
  const port = await stage.freePort();
  await child.ask({ port, path: PATH, headers, body: await answer.text() });
  return { child, origin: `http://127.0.0.1:${port}` };
}
