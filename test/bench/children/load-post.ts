import { answerParent } from './answer-parent.ts';
import { connections } from './connection.ts';
import { countPerSecond } from './count.ts';
import { freshAddress } from './fresh-identifiers.ts';

interface Order {
  origin: string;
  path: string;
  /** JSON with an `ADDRESS` in it, which is another one in each request. */
  body: object;
  inFlight: number;
  seconds: number;
}

/** POSTs to one path over so many connections, for an address that was never there before. */
answerParent(async ({ origin, path, body, inFlight, seconds }: Order) => {
  const open = connections(origin, inFlight);
  const template = JSON.stringify(body);
  try {
    return await countPerSecond(inFlight, seconds, async (lane) => {
      const request = template.replace('ADDRESS', freshAddress());
      await open[lane]?.send(open[lane].encode('POST', path, request));
    });
  } finally {
    for (const connection of open) connection.close();
  }
});
