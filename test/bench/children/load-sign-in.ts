import { PEOPLE } from '../support/people.ts';
import { answerParent } from './answer-parent.ts';
import { type Connection, connections } from './connection.ts';
import { countPerSecond } from './count.ts';
import { insist, signInSomebody } from './routes.ts';

interface Order {
  origin: string;
  inFlight: number;
  seconds: number;
  /** Out of so many, evenly; a power of ten. */
  people?: number;
}

/** Signs one person after the other in, with the right password; who is told that the service is busy comes again. */
answerParent(async ({ origin, inFlight, seconds, people = PEOPLE }: Order) => {
  const open = connections(origin, inFlight);
  try {
    return await countPerSecond(inFlight, seconds, (lane) =>
      insist(() => signInSomebody(open[lane] as Connection, people)),
    );
  } finally {
    for (const connection of open) connection.close();
  }
});
