import { answerParent } from './answer-parent.ts';
import { type Connection, connections } from './connection.ts';
import { countPerSecond } from './count.ts';
import { type Chain, refresh, signIn } from './sessions.ts';

interface Order {
  origin: string;
  inFlight: number;
  /** How many sessions each connection refreshes in turn. */
  chains: number;
  seconds: number;
}

let lanes: Chain[][] | undefined;

/** Refreshes distinct sessions; each answer's token is the next request's, so no chain ever stands still. */
answerParent(async ({ origin, inFlight, chains, seconds }: Order) => {
  const open = connections(origin, inFlight);
  const turns = open.map(() => 0);
  try {
    const sessions = (lanes ??= await signIn(open, inFlight, chains));
    return await countPerSecond(inFlight, seconds, async (lane) => {
      const turn = turns[lane] ?? 0;
      turns[lane] = (turn + 1) % chains;
      await refresh(open[lane] as Connection, sessions[lane]?.[turn] as Chain);
    });
  } finally {
    for (const connection of open) connection.close();
  }
});
