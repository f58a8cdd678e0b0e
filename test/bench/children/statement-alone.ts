import pg from 'pg';
import { answerParent } from './answer-parent.ts';
import { countPerSecond } from './count.ts';

interface Order {
  databaseUrl: string;
  /** With the parameter `$1`: the session. */
  statement: string;
  firstSession: number;
  inFlight: number;
  chains: number;
  seconds: number;
}

/** What pgbench does, where there is none: one prepared statement, over so many connections. */
answerParent(async ({ databaseUrl, statement, firstSession, inFlight, chains, seconds }: Order) => {
  const clients = Array.from({ length: inFlight }, () => new pg.Client({ connectionString: databaseUrl }));
  await Promise.all(clients.map((client) => client.connect()));
  try {
    return await countPerSecond(inFlight, seconds, async (lane) => {
      const session = firstSession + lane * chains + Math.floor(Math.random() * chains);
      await clients[lane]?.query({ name: 'rotate', text: statement, values: [session] });
    });
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
});
