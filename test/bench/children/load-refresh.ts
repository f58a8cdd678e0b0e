import { PASSWORD, username } from '../support/people.ts';
import { answerParent } from './answer-parent.ts';
import { type Connection, connections } from './connection.ts';
import { countPerSecond } from './count.ts';

interface Order {
  origin: string;
  inFlight: number;
  /** How many sessions each connection refreshes in turn. */
  chains: number;
  seconds: number;
}

interface Chain {
  token: string;
}

/** More at once would wait for argon2 longer than the service lets anybody wait. */
const SIGN_INS_AT_ONCE = 8;

let lanes: Chain[][] | undefined;

/** Refreshes distinct sessions; each answer's token is the next request's, so no chain ever stands still. */
answerParent(async ({ origin, inFlight, chains, seconds }: Order) => {
  const open = connections(origin, inFlight);
  const turns = open.map(() => 0);
  try {
    const sessions = (lanes ??= await signIn(open.slice(0, SIGN_INS_AT_ONCE), inFlight, chains));
    return await countPerSecond(inFlight, seconds, async (lane) => {
      const turn = turns[lane] ?? 0;
      turns[lane] = (turn + 1) % chains;
      const chain = sessions[lane]?.[turn] as Chain;
      const body = { refreshToken: chain.token };
      chain.token = await tokenOf(open[lane] as Connection, '/v1/api/identity/auth/token/refresh', body);
    });
  } finally {
    for (const connection of open) connection.close();
  }
});

/** @returns for each lane its chains */
async function signIn(open: Connection[], count: number, chains: number): Promise<Chain[][]> {
  const made: Chain[][] = Array.from({ length: count }, () => []);
  const queue = made.flatMap((lane) => Array.from({ length: chains }, () => lane));
  const work = async (connection: Connection) => {
    for (let lane = queue.pop(); lane; lane = queue.pop()) {
      const body = {
        identifier: { scheme: 'username', value: username(queue.length) },
        credential: { scheme: 'password', value: PASSWORD },
      };
      lane.push({ token: await tokenOf(connection, '/v1/api/identity/auth/sign-in', body) });
    }
  };
  await Promise.all(open.map(work));
  return made;
}

async function tokenOf(connection: Connection, path: string, body: unknown): Promise<string> {
  const answer = JSON.parse(await connection.send(connection.encode('POST', path, body))) as { refreshToken: string };
  return answer.refreshToken;
}
