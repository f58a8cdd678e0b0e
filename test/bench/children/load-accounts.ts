import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FIRST_SESSION, username } from '../support/people.ts';
import { ROOT } from '../support/root.ts';
import { answerParent } from './answer-parent.ts';
import { type Connection, connections } from './connection.ts';
import { countPerSecond } from './count.ts';

interface Order {
  kind: 'refresh' | 'look-up';
  origin: string;
  /** As many as have a session. */
  people: number;
  /** What refresh tokens are sealed with. */
  keyFile: string;
  /** `Basic …`, for a look-up. */
  authorization: string;
  inFlight: number;
  seconds: number;
}

interface Tokens {
  sealRefresh(sessionId: string, counter: number): string;
}

// A million people cannot sign in before; their tokens are made with what the service makes them with.
const { SessionTokens } = (await import(
  join(ROOT, 'dist/apps/api/libs/auth/src/domain/session/session-tokens.js')
)) as { SessionTokens: new (secret: Buffer) => Tokens };
/** How often each session was refreshed by this process, which is the only one to do so. */
const counters = new Map<number, number>();

/** Refreshes sessions, or looks people up by username: anybody out of all of them, never one twice at the same time. */
answerParent(async ({ kind, origin, people, keyFile, authorization, inFlight, seconds }: Order) => {
  const tokens = new SessionTokens(Buffer.from(readFileSync(keyFile, 'utf8'), 'base64'));
  const open = connections(origin, inFlight);
  const work = {
    refresh: async (connection: Connection, person: number) => {
      const counter = counters.get(person) ?? 0;
      const refreshToken = tokens.sealRefresh(String(FIRST_SESSION + person), counter);
      await connection.send(connection.encode('POST', '/v1/api/identity/auth/token/refresh', { refreshToken }));
      counters.set(person, counter + 1);
    },
    'look-up': async (connection: Connection, person: number) => {
      const body = { identifiers: [{ scheme: 'username', value: username(person) }] };
      await connection.send(connection.encode('POST', '/v1/api/identity/internal/users/lookup', body, authorization));
    },
  }[kind];
  try {
    return await countPerSecond(inFlight, seconds, (lane) =>
      work(open[lane] as Connection, lane + inFlight * Math.floor((Math.random() * people) / inFlight)),
    );
  } finally {
    for (const connection of open) connection.close();
  }
});
