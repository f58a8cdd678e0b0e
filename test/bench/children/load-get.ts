import { answerParent } from './answer-parent.ts';
import { connections } from './connection.ts';
import { countPerSecond } from './count.ts';

interface Order {
  origin: string;
  path: string;
  /** `Bearer …`; none for what is public. */
  authorization?: string;
  inFlight: number;
  seconds: number;
}

/** GETs one path over so many connections. */
answerParent(async ({ origin, path, authorization, inFlight, seconds }: Order) => {
  const open = connections(origin, inFlight);
  const requests = open.map((connection) => connection.encode('GET', path, undefined, authorization));
  try {
    return await countPerSecond(inFlight, seconds, async (lane) => open[lane]?.send(requests[lane] as Buffer));
  } finally {
    for (const connection of open) connection.close();
  }
});
