import { setTimeout as delay } from 'node:timers/promises';
import { Queue, Worker } from 'bullmq';
import { answerParent } from './answer-parent.ts';
import { openPool } from './mail-pool.ts';

interface Order {
  port: number;
  from: string;
  redisUrl: string;
  inFlight: number;
  seconds: number;
}

const QUEUE = 'bench-alone';
/** More than anything here sends. */
const JOBS_PER_SECOND = 2500;

/** The worker's mails out of a queue that is full, with nothing of ours between BullMQ and nodemailer. */
answerParent(async ({ port, from, redisUrl, inFlight, seconds }: Order) => {
  const connection = { url: redisUrl, maxRetriesPerRequest: null };
  const queue = new Queue(QUEUE, { connection });
  const job = { name: 'mail', data: {}, opts: { removeOnComplete: true } };
  await queue.addBulk(Array.from({ length: JOBS_PER_SECOND * seconds }, () => job));
  const pool = openPool(port, from);
  const worker = new Worker(QUEUE, () => pool.send(), { connection, concurrency: inFlight });
  try {
    await delay(seconds * 1000);
    if ((await queue.getWaitingCount()) === 0) throw new Error('BullMQ was faster than the queue was filled');
  } finally {
    await worker.close();
    pool.close();
    await queue.obliterate({ force: true });
    await queue.close();
  }
});
