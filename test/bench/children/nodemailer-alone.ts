import { answerParent } from './answer-parent.ts';
import { countPerSecond } from './count.ts';
import { openPool } from './mail-pool.ts';

interface Order {
  port: number;
  from: string;
  inFlight: number;
  seconds: number;
}

/** Sends the worker's mails through nodemailer's pool with the worker's options, and does nothing else. */
answerParent(async ({ port, from, inFlight, seconds }: Order) => {
  const pool = openPool(port, from);
  try {
    return await countPerSecond(inFlight, seconds, () => pool.send());
  } finally {
    pool.close();
  }
});
