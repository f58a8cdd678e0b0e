import { startBetterAuth } from '../support/better-auth.ts';
import { PASSWORD, seedPeople, username } from '../support/people.ts';
import { interleave, type Plan, ratios } from '../support/rounds.ts';
import type { Stage } from '../support/stage.ts';
import { absolute, type Measurement } from '../support/table.ts';

const PEOPLE = 100;
const SIGN_INS = 8;
const CONNECTIONS = 32;
const OURS = '/v1/api/identity/auth';
const THEIRS = '/api/auth';
const ADDRESSES = Array.from({ length: PEOPLE }, (_none, index) => `person-${index}@mail.example`);
const WHATS = {
  signIn: `sign-in by password, ${SIGN_INS} in flight, argon2id 19456/2/1 on both sides`,
  session: `who is signed in, by a Bearer token whose session is alive, ${CONNECTIONS} connections`,
  keys: `the public keys, one of ES256, ${CONNECTIONS} connections`,
} as const;

type Kind = keyof typeof WHATS;

/** What both have, each as it is set up by its documentation, on the same PostgreSQL; for information. */
export async function betterAuth(stage: Stage, plan: Plan): Promise<Measurement[]> {
  const peer = await startBetterAuth(stage);
  if ('missing' in peer) {
    console.log(`  better-auth cannot be measured: ${peer.missing}`);
    return Object.values(WHATS).map((what) => ({ ...measurement(what, [], []), absolute: peer.missing }));
  }
  await seedPeople(stage);
  const { origin } = await stage.startApi();
  const ours = await oursOf(stage, origin, plan.seconds);
  const theirs = await theirsOf(stage, peer.origin, plan.seconds);
  const measurements: Measurement[] = [];
  for (const kind of Object.keys(WHATS) as Kind[]) {
    console.log(`  ${WHATS[kind]}`);
    const figures = await interleave(plan, { 'ours /s': ours[kind], 'better-auth /s': theirs[kind] });
    measurements.push(measurement(WHATS[kind], figures['ours /s'], figures['better-auth /s']));
  }
  return measurements;
}

function measurement(what: string, ours: number[], theirs: number[]): Measurement {
  const against = 'better-auth, for information';
  return { what, against, figures: ratios(ours, theirs), bound: 'at least', absolute: absolute(ours, theirs, '/s') };
}

async function oursOf(stage: Stage, origin: string, seconds: number): Promise<Record<Kind, () => Promise<number>>> {
  const signIns = stage.startChild('load-sign-in.ts');
  const get = stage.startChild('load-get.ts');
  const signedIn = await post(`${origin}${OURS}/sign-in`, {
    identifier: { scheme: 'username', value: username(0) },
    credential: { scheme: 'password', value: PASSWORD },
  });
  const { accessToken } = (await signedIn.json()) as { accessToken: string };
  const many = { origin, inFlight: CONNECTIONS, seconds };
  return {
    signIn: () => signIns.ask({ origin, inFlight: SIGN_INS, seconds, people: PEOPLE }),
    session: () => get.ask({ ...many, path: `${OURS}/who-am-i`, authorization: `Bearer ${accessToken}` }),
    keys: () => get.ask({ ...many, path: '/jw-certs' }),
  };
}

async function theirsOf(stage: Stage, origin: string, seconds: number): Promise<Record<Kind, () => Promise<number>>> {
  const signIns = stage.startChild('load-post.ts');
  const get = stage.startChild('load-get.ts');
  let token: string | null = null;
  for (const email of ADDRESSES) {
    const signedUp = await post(`${origin}${THEIRS}/sign-up/email`, { email, password: PASSWORD, name: 'bench' });
    token = signedUp.headers.get('set-auth-token');
  }
  const body = { email: 'ADDRESS', password: PASSWORD };
  const many = { origin, inFlight: CONNECTIONS, seconds };
  const signIn = { origin, path: `${THEIRS}/sign-in/email`, body, addresses: ADDRESSES, inFlight: SIGN_INS, seconds };
  return {
    signIn: () => signIns.ask(signIn),
    session: () => get.ask({ ...many, path: `${THEIRS}/get-session`, authorization: `Bearer ${token}` }),
    keys: () => get.ask({ ...many, path: `${THEIRS}/jwks` }),
  };
}

async function post(url: string, body: object): Promise<Response> {
  // Node's fetch says that it is no form, and better-auth then wants to know of which page.
  const headers = { 'content-type': 'application/json', origin: new URL(url).origin };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return answer;
}
