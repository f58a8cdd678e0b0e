import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { poll } from '@platform/testing';
import { type Answer, Client, credentials, PASSWORD, randomUsername, type Tokens } from '../support/client.js';
import { readMetric } from '../support/metrics.js';
import { atOnce, oneByOne, tally } from '../support/races.js';
import { runIdentity } from '../support/run-identity.js';
import { basic } from '../support/sisters.js';
import { type BuiltService, startBuiltService } from '../support/start-built-service.js';

/** How many times the capacity. */
const FACTOR = 10;
const WAVES = 3;
const WAVE_SECONDS = 1.5;
const TICK_MS = 50;
const DEADLINE_MS = 2000;
const PEOPLE = 30;
/** Every so many sign-ins one has the wrong password. */
const WRONG_EVERY = 5;
/** Whose password others guess, in each wave and in all more often than locks somebody out; most of it is shed. */
const VICTIMS = 4;
const GUESSES = 5;
const LOCKED_AFTER = 10;
const MIB = 1024 ** 2;
/** The second and the third wave may leave this much more than the first: the storm is not kept. */
const MORE_MEMORY = 96 * MIB;

type Timed = Answer & { ms: number; username: string };

let service: BuiltService;
let usernames: string[];
let victims: string[];
let tokens: Pick<Tokens, 'accessToken' | 'refreshToken'>;
/** How often the wrong password of a victim was compared. */
const guesses = new Map<string, number>();
let addresses = 0;
let headers: { Authorization: string };

beforeAll(async () => {
  // What a hash costs in production, and how long one may wait for it.
  const production = {
    LOG_LEVEL: 'info',
    TRUSTED_PROXY_HOPS: '1',
    PASSWORD_ARGON2_MEMORY_KIB: '19456',
    PASSWORD_ARGON2_ITERATIONS: '2',
    PASSWORD_HASH_DEADLINE_MS: String(DEADLINE_MS),
  };
  service = await startBuiltService(production, async (env) => {
    const account = ['service-accounts', 'create', '--name', 'storm', '--scope', '*', '--json'];
    const { out } = await runIdentity(env, account);
    headers = basic('storm', (JSON.parse(out) as { secret: string }).secret);
  });
  const people = await oneByOne(PEOPLE + VICTIMS, () => service.client.signUp());
  tokens = await service.client.signUp();
  usernames = people.slice(0, PEOPLE).map(({ username }) => username);
  victims = people.slice(PEOPLE).map(({ username }) => username);
});
afterAll(async () => {
  await service.stop();
});

/** Each from an address of its own: behind one alone, ten wrong passwords would lock everybody out. */
async function signIn(username: string, password = PASSWORD): Promise<Timed> {
  addresses += 1;
  const forwardedFor = `198.18.${addresses >> 8}.${addresses & 255}`;
  const sent = { body: credentials(username, password), headers: { 'X-Forwarded-For': forwardedFor } };
  const began = performance.now();
  const answer = await service.client.send('POST', '/auth/sign-in', sent);
  return { ...answer, username, ms: performance.now() - began };
}

/** Sign-ins a second, with more in flight than hashes are made at once and fewer than have to wait long. */
async function capacity(): Promise<number> {
  const until = performance.now() + 1000;
  let count = 0;
  await atOnce(6, async (lane) => {
    for (let at = lane; performance.now() < until; at += 6) {
      if ((await signIn(usernames[at % PEOPLE] ?? '')).status === 200) count += 1;
    }
  });
  return count;
}

interface Wave {
  right: Timed[];
  wrong: Timed[];
}

/** Begins so many sign-ins a second, whatever becomes of those before. */
async function wave(perSecond: number): Promise<Wave> {
  const [right, wrong]: [Promise<Timed>[], Promise<Timed>[]] = [[], []];
  const perTick = Math.ceil((perSecond * TICK_MS) / 1000);
  const ticks = (WAVE_SECONDS * 1000) / TICK_MS;
  const harmless = Math.floor((ticks * perTick) / WRONG_EVERY) - VICTIMS * GUESSES;
  for (let tick = 0; tick < ticks; tick += 1) {
    for (let at = 0; at < perTick; at += 1) {
      const index = tick * perTick + at;
      if (index % WRONG_EVERY > 0) right.push(signIn(usernames[index % PEOPLE] ?? ''));
      else wrong.push(signIn(wrongName(wrong.length - harmless), 'not what it is at all'));
    }
    await delay(TICK_MS);
  }
  return { right: await Promise.all(right), wrong: await Promise.all(wrong) };
}

/** Nobody's, and at the end of a wave, when there is room for few, a victim's. */
function wrongName(at: number): string {
  return (at >= 0 && victims[at % VICTIMS]) || randomUsername();
}

/** Calls everything else, one after the other, until it is told to stop. @returns how often each status was answered */
async function others(isOver: () => boolean): Promise<Record<string, number>> {
  const { client } = service;
  const check = { subject: { type: 'User', id: '1' }, object: 'thing', action: 'read' };
  const counts: Record<string, number> = {};
  const lane = async (name: string, call: () => Promise<Answer>) => {
    for (; !isOver(); await delay(10)) {
      const { status } = await call();
      counts[`${name} ${status}`] = (counts[`${name} ${status}`] ?? 0) + 1;
    }
  };
  await Promise.all([
    lane('jw-certs', () => new Client(service.origin, '').get('/jw-certs')),
    lane('who-am-i', () => client.get('/auth/who-am-i', tokens.accessToken)),
    lane('check', () => client.send('POST', '/internal/policies/check', { headers, body: check })),
    lane('refresh', async () => {
      const answer = await client.refresh(tokens.refreshToken);
      if (answer.status === 200) tokens.refreshToken = (answer.body as typeof tokens).refreshToken;
      return answer;
    }),
  ]);
  return counts;
}

const read = (series: string) => readMetric(service.managementOrigin, series);

/** What else is to be told of a storm: how often each other route answered what, and the memory after each wave. */
async function storm(perSecond: number) {
  let isOver = false;
  const rest = others(() => isOver);
  const waves: Wave[] = [];
  const memory: number[] = [];
  for (let at = 0; at < WAVES; at += 1) {
    waves.push(await wave(perSecond));
    memory.push(await read('process_resident_memory_bytes'));
  }
  isOver = true;
  const [right, wrong] = [waves.flatMap((one) => one.right), waves.flatMap((one) => one.wrong)];
  return { right, wrong, memory, counts: await rest };
}

/** By what was compared; what was shed does not count. */
const isLocked = (username: string) => (guesses.get(username) ?? 0) >= LOCKED_AFTER;

it('ten times as many sign-ins as there is room for: each is answered rightly or shed at once, and nothing else suffers', async () => {
  const { right, wrong, memory, counts } = await storm((await capacity()) * FACTOR);
  expect(Object.keys(tally(right)), 'a right password is let in or shed, never called wrong').toEqual(['200', '503']);
  for (const { status, username } of wrong) if (status === 401) guesses.set(username, (guesses.get(username) ?? 0) + 1);
  const unlocked = wrong.filter(({ username }) => !isLocked(username));
  expect(Object.keys(tally(unlocked)), 'a wrong password is never let in').toEqual(['401', '503']);
  const served = right.filter(({ status }) => status === 200);
  const shed = [...right, ...wrong].filter(({ status }) => status === 503);
  for (const answer of shed) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(shed.length).toBeGreaterThan(served.length / 2);
  const busy = shed.filter(({ body }) => body.code === 'auth.busy' && body.limit === 'password-hash');
  // A machine with too much to do makes a 503 of a statement that comes late, too.
  const late = shed.filter(({ body }) => body.code === 'database.unavailable');
  expect(busy.length).toBeGreaterThan((shed.length - late.length) * 0.9);
  // At once, on a machine that does nothing else. Who was let wait first would hear of it at the deadline and never before.
  expect(busy.filter(({ ms }) => ms < DEADLINE_MS).length).toBeGreaterThan(busy.length / 4);
  const unserved = Object.keys(counts).filter((name) => !name.endsWith(' 200'));
  expect(unserved.filter((name) => !/^(who-am-i|check|refresh) 503$/.test(name))).toEqual([]);
  for (const name of ['check', 'jw-certs', 'refresh', 'who-am-i'])
    expect(counts[`${name} 200`]).toBeGreaterThan(10 * (counts[`${name} 503`] ?? 0));
  expect((memory.at(-1) ?? NaN) - (memory[0] ?? NaN)).toBeLessThan(MORE_MEMORY);
});

it('after it everything is as before: the queue is empty, nobody is locked out, nothing was logged as an error', async () => {
  await poll('an empty queue', 10, async () => (await read('identity_password_hash_queue')) === 0 || undefined);
  const answers = await oneByOne(PEOPLE, (at) => signIn(usernames[at] ?? ''));
  expect(tally(answers)).toEqual({ 200: PEOPLE });
  const guessed = victims.filter((username) => !isLocked(username));
  expect(guessed.length).toBeGreaterThan(0);
  expect(tally(await oneByOne(guessed.length, (at) => signIn(guessed[at] ?? '')))).toEqual({ 200: guessed.length });
  expect((await signIn(usernames[0] ?? '', 'not what it is at all')).status).toBe(401);
  expect(service.lines().filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
});
