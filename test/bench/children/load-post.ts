import { answerParent } from './answer-parent.ts';
import { connections } from './connection.ts';
import { countPerSecond } from './count.ts';
import { freshAddress } from './fresh-identifiers.ts';

interface Order {
  origin: string;
  path: string;
  /** JSON with an `ADDRESS` in it, which is another one in each request. */
  body: object;
  /** In turn; each time one that was never there before where there are none. */
  addresses?: string[];
  inFlight: number;
  seconds: number;
}

let sent = 0;

/** POSTs to one path over so many connections, each time for another address. */
answerParent(async ({ origin, path, body, addresses, inFlight, seconds }: Order) => {
  const open = connections(origin, inFlight);
  const template = JSON.stringify(body);
  try {
    return await countPerSecond(inFlight, seconds, async (lane) => {
      sent += 1;
      const request = template.replace('ADDRESS', addresses?.[sent % addresses.length] ?? freshAddress());
      await open[lane]?.send(open[lane].encode('POST', path, request));
    });
  } finally {
    for (const connection of open) connection.close();
  }
});
