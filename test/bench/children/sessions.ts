import { PASSWORD, username } from '../support/people.ts';
import type { Connection } from './connection.ts';

/** One session; each answer's token is the next request's. */
export interface Chain {
  token: string;
}

export const SIGN_IN_PATH = '/v1/api/identity/auth/sign-in';
/** More at once would wait for argon2 longer than the service lets anybody wait. */
const SIGN_INS_AT_ONCE = 8;

/** @returns for each of so many lanes its chains */
export async function signIn(open: Connection[], lanes: number, chains: number): Promise<Chain[][]> {
  const made: Chain[][] = Array.from({ length: lanes }, () => []);
  const queue = made.flatMap((lane) => Array.from({ length: chains }, () => lane));
  const work = async (connection: Connection) => {
    for (let lane = queue.pop(); lane; lane = queue.pop()) {
      const body = {
        identifier: { scheme: 'username', value: username(queue.length) },
        credential: { scheme: 'password', value: PASSWORD },
      };
      lane.push({ token: await tokenOf(connection, SIGN_IN_PATH, body) });
    }
  };
  await Promise.all(open.slice(0, SIGN_INS_AT_ONCE).map(work));
  return made;
}

export async function refresh(connection: Connection, chain: Chain): Promise<void> {
  chain.token = await tokenOf(connection, '/v1/api/identity/auth/token/refresh', { refreshToken: chain.token });
}

async function tokenOf(connection: Connection, path: string, body: unknown): Promise<string> {
  const answer = JSON.parse(await connection.send(connection.encode('POST', path, body))) as { refreshToken: string };
  return answer.refreshToken;
}
