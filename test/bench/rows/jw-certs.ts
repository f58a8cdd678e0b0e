import type { Child } from '../support/child.ts';
import { interleave, median, type Plan, ratios, round3 } from '../support/rounds.ts';
import type { Stage } from '../support/stage.ts';
import { absolute, type Measurement } from '../support/table.ts';

const CONNECTIONS = 32;
const PATH = '/jw-certs';
/** Fastify writes these by itself. */
const OWN_HEADERS = ['connection', 'content-length', 'date', 'keep-alive'];

/** The key set, access log on and off, against a bare Fastify route that sends the same bytes. */
export async function jwCerts(stage: Stage, plan: Plan): Promise<Measurement[]> {
  const [logging, quiet] = [await stage.startApi(), await stage.startApi({ LOG_LEVEL: 'warn' })];
  const bare = await startTwin(stage, 'bare-fastify.ts', logging.origin);
  const nest = await startTwin(stage, 'bare-nest.ts', logging.origin);
  const load = stage.startChild('load-get.ts');
  const get = (origin: string) => () =>
    load.ask<number>({ origin, path: PATH, inFlight: CONNECTIONS, seconds: plan.seconds });
  const figures = await interleave(plan, {
    'log on': get(logging.origin),
    'log off': get(quiet.origin),
    bare: get(bare.origin),
    'bare Nest': get(nest.origin),
  });
  const measurement = (side: keyof typeof figures, what: string, limit?: number): Measurement => ({
    what,
    against: 'a bare Fastify route, same bytes',
    figures: ratios(figures[side], figures.bare),
    limit,
    bound: 'at least',
    absolute: absolute(figures[side], figures.bare, '/s'),
    otherwise: costOf(figures),
  });
  const what = `\`GET ${PATH}\`, ${CONNECTIONS} connections, access`;
  return [
    measurement('log on', `${what} log on`, 0.5),
    measurement('log off', `${what} log off`, 0.7),
    measurement('bare Nest', 'a bare Nest route on Fastify, same bytes'),
  ];
}

async function startTwin(stage: Stage, script: string, model: string): Promise<{ child: Child; origin: string }> {
  const answer = await fetch(`${model}${PATH}`);
  const headers = Object.fromEntries([...answer.headers].filter(([name]) => !OWN_HEADERS.includes(name)));
  const child = stage.startChild(script);
  const port = await stage.freePort();
  await child.ask({ port, path: PATH, headers, body: await answer.text() });
  return { child, origin: `http://127.0.0.1:${port}` };
}

/** Where the time of an answer goes, of one thread each. */
function costOf(perSecond: Record<'log on' | 'log off' | 'bare' | 'bare Nest', number[]>): string {
  const micros = (side: keyof typeof perSecond) => 1e6 / median(perSecond[side]);
  const [fastify, nest] = [micros('bare'), micros('bare Nest') - micros('bare')];
  const [rest, line] = [micros('log off') - micros('bare Nest'), micros('log on') - micros('log off')];
  return (
    `of ${round3(micros('log on'))} µs of one thread Fastify takes ${round3(fastify)}, Nest ${round3(nest)}, the line of the log ` +
    `${round3(line)} and the rest ${round3(rest)}: request id and context, the checks of the request, sixteen headers, three ` +
    'guards, the histogram. By `perf` it is flat: no function takes more than a few percent.'
  );
}
