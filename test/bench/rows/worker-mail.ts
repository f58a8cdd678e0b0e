import { setTimeout as delay } from 'node:timers/promises';
import { CODE_REQUEST } from '../support/codes.ts';
import { FROM, startSink } from '../support/mail.ts';
import { watchQueue } from '../support/queue.ts';
import { interleave, type Plan, ratios } from '../support/rounds.ts';
import type { Stage } from '../support/stage.ts';
import { absolute, type Measurement } from '../support/table.ts';

/** What the worker has in hand at once. */
const IN_FLIGHT = 32;
/**
 * V8 is busy compiling for the first ten thousand mails or so, and the worker has more to compile than the pool: in its
 * first seconds it is half as fast as later. A service runs for weeks.
 */
const WARM_UP_SECONDS = 10;
const WATCH_MS = 200;

const OTHERWISE =
  'by profile nodemailer is three fifths of a mail’s time, with more garbage around it than alone. The rest makes it ' +
  'safe: BullMQ’s scripts and locks, the send markers (written many at once), unsealing the job, filling the template, ' +
  'deadline, log line and metrics. More workers send more.';

/** The worker's mails, out of a queue that the API has filled, against nodemailer's pool; counted where they arrive. */
export async function workerMail(stage: Stage, plan: Plan): Promise<Measurement[]> {
  const { seconds } = plan;
  const { sink, port } = await startSink(stage);
  const { origin } = await stage.startApi();
  await stage.startWorker();
  const load = stage.startChild('load-post.ts');
  const pool = stage.startChild('nodemailer-alone.ts');
  const bare = stage.startChild('bullmq-alone.ts');
  const queue = watchQueue(stage.redisUrl, 'mail');
  const count = () => sink.ask<number>({ do: 'count', seconds });
  await load.ask({ ...CODE_REQUEST, origin, inFlight: IN_FLIGHT, seconds: WARM_UP_SECONDS });
  while ((await queue.waiting()) > 0) await delay(WATCH_MS);
  // As autovacuum does within a minute: until then statements are planned as for an empty table.
  await stage.sql('ANALYZE');
  const alone = { port, from: FROM, inFlight: IN_FLIGHT };
  await pool.ask({ ...alone, seconds: WARM_UP_SECONDS });
  await bare.ask({ ...alone, redisUrl: stage.redisUrl, seconds: WARM_UP_SECONDS });
  const figures = await interleave(plan, {
    worker: async () => {
      await queue.pause();
      await load.ask({ ...CODE_REQUEST, origin, inFlight: IN_FLIGHT, seconds });
      const [perSecond] = await Promise.all([count(), queue.resume()]);
      if ((await queue.waiting()) === 0) throw new Error('the worker was faster than the queue was filled');
      await queue.pause();
      await stage.clearRedis();
      return perSecond;
    },
    nodemailer: async () => {
      // Longer than what is counted of it.
      const [perSecond] = await Promise.all([count(), pool.ask({ ...alone, seconds: seconds + 1 })]);
      return perSecond;
    },
    'BullMQ and nodemailer': async () => {
      const order = { ...alone, redisUrl: stage.redisUrl, seconds: seconds + 1 };
      const [perSecond] = await Promise.all([count(), bare.ask(order)]);
      return perSecond;
    },
  });
  await queue.close();
  return [
    {
      what: `worker, mails out of the queue to a local sink, ${IN_FLIGHT} at once`,
      against: "nodemailer's pool alone, same mails, same sink",
      figures: ratios(figures.worker, figures.nodemailer),
      limit: 0.7,
      bound: 'at least',
      absolute: absolute(figures.worker, figures.nodemailer, '/s'),
      otherwise: OTHERWISE,
    },
    {
      what: 'a BullMQ worker that does nothing but hand the same mails to that pool',
      against: "nodemailer's pool alone, same mails, same sink",
      figures: ratios(figures['BullMQ and nodemailer'], figures.nodemailer),
      bound: 'at least',
      absolute: absolute(figures['BullMQ and nodemailer'], figures.nodemailer, '/s'),
    },
  ];
}
