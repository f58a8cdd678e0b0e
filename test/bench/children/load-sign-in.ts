import { PASSWORD, PEOPLE, username } from '../support/people.ts';
import { answerParent } from './answer-parent.ts';
import { connections } from './connection.ts';
import { countPerSecond } from './count.ts';

interface Order {
  origin: string;
  inFlight: number;
  seconds: number;
}

let next = 0;

/** Signs one person after the other in, with the right password. */
answerParent(async ({ origin, inFlight, seconds }: Order) => {
  const open = connections(origin, inFlight);
  try {
    return await countPerSecond(inFlight, seconds, async (lane) => {
      next = (next + 1) % PEOPLE;
      const body = {
        identifier: { scheme: 'username', value: username(next) },
        credential: { scheme: 'password', value: PASSWORD },
      };
      const connection = open[lane];
      await connection?.send(connection.encode('POST', '/v1/api/identity/auth/sign-in', body));
    });
  } finally {
    for (const connection of open) connection.close();
  }
});
