import { startSink } from '../support/mail.ts';
import { seedPeople } from '../support/people.ts';
import { watchQueue } from '../support/queue.ts';
import { interleave, type Plan, ratios } from '../support/rounds.ts';
import { configureSms } from '../support/sms.ts';
import type { Stage } from '../support/stage.ts';
import { absolute, type Measurement } from '../support/table.ts';

/** Until the whole worker waits for servers that stall. */
const LEAD_SECONDS = 1;
const SENT = ['certs', 'refresh', 'mail', 'sms'];
const ROUTES = {
  certs: '`GET /jw-certs`',
  refresh: '`POST /auth/token/refresh`',
  mail: '`POST /otp/request`, by mail',
} as const;

type Percentiles = Record<keyof typeof ROUTES | 'sms', number>;

/**
 * The API under a steady load of codes among others, while the servers that mails and SMS go to never answer. Against
 * messages that are left in the queue, because a worker at work takes a part of the machine.
 */
export async function stalledProviders(stage: Stage, plan: Plan): Promise<Measurement[]> {
  await seedPeople(stage);
  const { sink } = await startSink(stage);
  const gateway = await startGateway(stage);
  // One client and one prefix: the guard would deny nearly all, and then no SMS waits for the gateway.
  const { origin } = await stage.startApi({ SMS_GUARD_MODE: 'record' });
  await stage.startWorker();
  const queues = ['mail', 'sms'].map((name) => watchQueue(stage.redisUrl, name));
  const load = stage.startChild('load-paced.ts');
  const stall = (stalled: boolean) =>
    Promise.all([sink.ask({ do: 'stall', stalled }), gateway.ask({ do: 'stall', stalled })]);
  const pause = () => Promise.all(queues.map((queue) => queue.pause()));
  const measure = async (prepare: () => Promise<unknown>) => {
    await stall(false);
    await pause();
    await stage.clearRedis(); // and with it the pause
    await prepare();
    await load.ask({ origin, routes: SENT, seconds: LEAD_SECONDS });
    const percentiles = await load.ask<Percentiles>({ origin, routes: SENT, seconds: plan.seconds });
    const waiting = await Promise.all(queues.map((queue) => queue.waiting()));
    if (waiting.includes(0)) throw new Error('messages are sent although their servers stall');
    return percentiles;
  };
  const found = { unsent: [] as Percentiles[], stalled: [] as Percentiles[] };
  const side = (name: keyof typeof found, prepare: () => Promise<unknown>) => async () => {
    const percentiles = await measure(prepare);
    found[name].push(percentiles);
    return percentiles.mail;
  };
  // A 99th percentile is what a few bad moments of the machine make it: more rounds than elsewhere.
  await interleave(
    { ...plan, rounds: plan.rounds * 2 },
    { stalled: side('stalled', () => stall(true)), unsent: side('unsent', pause) },
  );
  await Promise.all(queues.map((queue) => queue.close()));
  return Object.entries(ROUTES).map(([route, what]): Measurement => {
    const [without, ours] = [found.unsent, found.stalled].map((rounds) =>
      rounds.slice(1).map((percentiles) => percentiles[route as keyof Percentiles]),
    ) as [number[], number[]];
    return {
      what: `p99 of ${what}, mail server and SMS gateway stalled`,
      against: 'the same while messages stay in the queue',
      figures: ratios(ours, without),
      limit: 1.5,
      bound: 'at most',
      absolute: absolute(ours, without, 'ms'),
    };
  });
}

/** Starts an SMS gateway that accepts everything, and has the service send there. */
async function startGateway(stage: Stage) {
  const gateway = stage.startChild('sms-sink.ts');
  const port = await stage.freePort();
  await gateway.ask({ do: 'listen', port });
  await configureSms(stage, port);
  return gateway;
}
