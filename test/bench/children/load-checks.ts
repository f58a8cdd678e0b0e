import { checkOf, GRANTS_OF_A_SUBJECT } from '../support/policies.ts';
import { answerParent } from './answer-parent.ts';
import { connections } from './connection.ts';
import { countPerSecond } from './count.ts';

interface Order {
  origin: string;
  path: string;
  /** `Basic …`; none for a server that asks for none. */
  authorization?: string;
  /** The first subject that is asked about. */
  from: number;
  /** So many are asked about, again and again; each once where `seconds` is 0. */
  subjects: number;
  inFlight: number;
  seconds: number;
  /** How many checks one request holds; of distinct subjects, or of one with a hundred objects. */
  batch?: { size: number; distinct: boolean };
}

/** Asks for checks over so many connections. @returns requests a second; or the median milliseconds of one by one */
answerParent(async (order: Order) => {
  const { origin, path, authorization, from, subjects, inFlight, seconds } = order;
  const open = connections(origin, inFlight);
  let next = 0;
  const ask = async (lane: number) => {
    const subject = from + (next % subjects);
    next += 1;
    await open[lane]?.send(open[lane].encode('POST', path, bodyOf(subject, order), authorization));
  };
  try {
    if (seconds > 0) return await countPerSecond(inFlight, seconds, ask);
    const times: number[] = [];
    for (let request = 0; request < subjects; request += order.batch?.distinct ? order.batch.size : 1) {
      const began = performance.now();
      next = request;
      await ask(0);
      times.push(performance.now() - began);
    }
    return times.toSorted((a, b) => a - b)[times.length >> 1];
  } finally {
    for (const connection of open) connection.close();
  }
});

function bodyOf(subject: number, { batch }: Order): object {
  if (!batch) return checkOf(subject, subject % GRANTS_OF_A_SUBJECT);
  const checks = Array.from({ length: batch.size }, (_none, index) =>
    batch.distinct ? checkOf(subject + index, index % GRANTS_OF_A_SUBJECT) : checkOf(subject, index),
  );
  return { checks };
}
