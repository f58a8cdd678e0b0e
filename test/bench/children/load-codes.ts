import { randomBytes } from 'node:crypto';
import { answerParent } from './answer-parent.ts';
import { type Connection, connections } from './connection.ts';
import { countPerSecond } from './count.ts';

interface Order {
  origin: string;
  path: string;
  inFlight: number;
  seconds: number;
  /** The JSON of a request, with `@` where the address goes. */
  body: string;
}

let asked = 0;
/** Of this run alone: every address may be asked for once. */
const run = randomBytes(4).toString('hex');

/** Asks for a code for one address after the other, each a new one. */
answerParent(async ({ origin, path, inFlight, seconds, body }: Order) => {
  const open = connections(origin, inFlight);
  try {
    return await countPerSecond(inFlight, seconds, async (lane) => {
      asked += 1;
      const request = JSON.parse(body.replace('@', `p${run}${asked}@example.com`)) as unknown;
      const connection = open[lane] as Connection;
      await connection.send(connection.encode('POST', path, request));
    });
  } finally {
    for (const connection of open) connection.close();
  }
});
