import { setTimeout as delay } from 'node:timers/promises';
import { PASSWORD, PEOPLE, username } from '../support/people.ts';
import { CHECK_PATH, checkOf } from '../support/policies.ts';
import { CODE_REQUEST } from '../support/codes.ts';
import { type Connection, OtherStatus } from './connection.ts';
import { freshAddress, freshPhone } from './fresh-identifiers.ts';
import { type Chain, refresh, SIGN_IN_PATH } from './sessions.ts';

/** What a load sends. */
export type Route = 'certs' | 'refresh' | 'check' | 'sign-in' | 'mail' | 'sms';

/** What a request needs besides its route. */
export interface Sender {
  connection: Connection;
  /** Which of the connections it is. */
  lane: number;
  /** What is refreshed over this connection. */
  session?: Chain;
  /** `Basic …`, for a check. */
  authorization?: string;
}

const BUSY = 503;
const PAUSE_MS = 100;
/** From one person to the next: a prime, so that everybody has a turn, and one who is somewhere else. */
const STRIDE = 7919;
let next = 0;

/** One request of each route. */
export const routes: Record<Route, (sender: Sender) => Promise<unknown>> = {
  certs: ({ connection }) => connection.send(connection.encode('GET', '/jw-certs')),
  refresh: ({ connection, session }) => refresh(connection, session as Chain),
  check: ({ connection, lane, authorization }) =>
    connection.send(connection.encode('POST', CHECK_PATH, checkOf(1 + lane, lane), authorization)),
  'sign-in': ({ connection }) => signInSomebody(connection, PEOPLE),
  mail: ({ connection }) => requestCode(connection, 'verify-email', { scheme: 'email', value: freshAddress() }),
  sms: ({ connection }) => requestCode(connection, 'phone-auth', { scheme: 'phone', value: freshPhone() }),
};

/** Signs one after the other in, out of so many, a power of ten, evenly. @throws OtherStatus, see `isBusy` */
export async function signInSomebody(connection: Connection, people: number): Promise<void> {
  next = (next + STRIDE) % people;
  const body = {
    identifier: { scheme: 'username', value: username(next) },
    credential: { scheme: 'password', value: PASSWORD },
  };
  await connection.send(connection.encode('POST', SIGN_IN_PATH, body));
}

/** Sends again a while after each answer that the service has too much to do. */
export async function insist(send: () => Promise<unknown>): Promise<void> {
  for (let isAnswered = false; !isAnswered;) {
    try {
      await send();
      isAnswered = true;
    } catch (error) {
      if (!isBusy(error)) throw error;
      await delay(PAUSE_MS);
    }
  }
}

/** Whether the service said that it had too much to do. */
export function isBusy(error: unknown): boolean {
  return error instanceof OtherStatus && error.status === BUSY;
}

function requestCode(connection: Connection, namespace: string, identifier: object): Promise<string> {
  return connection.send(connection.encode('POST', CODE_REQUEST.path, { namespace, identifier }));
}
