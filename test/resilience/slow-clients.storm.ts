import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { poll } from '@platform/testing';
import { type Answer, Client, credentials, type Tokens } from '../support/client.js';
import { affordableConnections, type HeldConnection, holdConnections } from '../support/held-connections.js';
import { readMetric } from '../support/metrics.js';
import { oneByOne, tally } from '../support/races.js';
import { type BuiltService, startBuiltService } from '../support/start-built-service.js';

const BASE = '/v1/api/identity';
const HOST = 'Host: identity.example\r\n';
const REFRESH = `POST ${BASE}/auth/token/refresh HTTP/1.1\r\n${HOST}Content-Type: application/json\r\n`;
const SLOW = 300;
const IDLE = 10_000;
const MIB = 1024 ** 2;
/** A request has 15 s; the rest is for a machine that does other things as well, and less than Node's own 60. */
const CUT_OFF_SECONDS = 45;
/** 10,600 connections take 16 KiB each. */
const MOST_MEMORY = 400 * MIB;

let service: BuiltService;
let person: Awaited<ReturnType<Client['signUp']>>;

beforeAll(async () => {
  service = await startBuiltService({ LOG_LEVEL: 'info' });
  person = await service.client.signUp();
});
afterAll(async () => {
  await service.stop();
});

const filesOf = () => readMetric(service.managementOrigin, 'process_open_fds');
const memoryOf = () => readMetric(service.managementOrigin, 'process_resident_memory_bytes');

/** What well-behaved clients do meanwhile. A machine with too much to do makes a 503 of a statement that comes late. */
async function beServed(): Promise<void> {
  const { client } = service;
  const served = (what: string, call: () => Promise<Answer>) =>
    poll(what, 30, async () => {
      const answer = await call();
      expect([200, 503]).toContain(answer.status);
      return answer.status === 200 ? answer : undefined;
    });
  expect((await new Client(service.origin, '').get('/jw-certs')).status).toBe(200);
  const { accessToken, refreshToken } = (await served('a sign-in', () => client.signIn(person.username)))
    .body as Tokens;
  await served('who-am-i', () => client.get('/auth/who-am-i', accessToken));
  await served('a refresh', () => client.refresh(refreshToken));
}

/** Nothing is left of them: no file, no hash that waits, no line that an alert would be raised for. */
async function expectAsBefore(files: number): Promise<void> {
  await poll('the end of their connections', 30, async () => (await filesOf()) < files + 50 || undefined);
  const waiting = () => readMetric(service.managementOrigin, 'identity_password_hash_queue');
  await poll('an empty queue', 30, async () => (await waiting()) === 0 || undefined);
  expect(service.lines().filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  await beServed();
}

it('slow clients and 10,000 idle ones are cut off when their time is over, and others are served meanwhile', async () => {
  const [files, memory] = [await filesOf(), await memoryOf()];
  const slow = [
    ...(await holdConnections(service.origin, SLOW, `GET ${BASE}/healthz HTTP/1.1\r\n${HOST}`)),
    ...(await holdConnections(service.origin, SLOW, `${REFRESH}Content-Length: 60000\r\n\r\n{`)),
  ];
  // A line of headers, or a piece of a body, whichever it is.
  const dripping = setInterval(() => slow.forEach(({ socket }) => socket.writable && socket.write('a:b\r\n')), 1000);
  const idle = await holdConnections(service.origin, affordableConnections(IDLE));
  const held = [...slow, ...idle];
  try {
    const peak = { files: await filesOf(), memory: await memoryOf() };
    const isOver = () => held.every((connection) => connection.isClosed());
    for (const began = performance.now(); !isOver(); await delay(200)) {
      if (performance.now() - began > CUT_OFF_SECONDS * 1000) break;
      await beServed();
      peak.memory = Math.max(peak.memory, await memoryOf());
    }
    expect(held.filter((connection) => !connection.isClosed())).toHaveLength(0);
    expectAnswers(slow, 408);
    expect(idle.filter((connection) => connection.received() !== '')).toHaveLength(0);
    expect(peak.files).toBeGreaterThan(held.length / 10);
    expect(peak.memory - memory).toBeLessThan(MOST_MEMORY);
  } finally {
    clearInterval(dripping);
    held.forEach(({ socket }) => socket.destroy());
  }
  await expectAsBefore(files);
});

it('who hangs up in the middle of a request leaves nothing behind', async () => {
  const files = await filesOf();
  const body = JSON.stringify(credentials(person.username));
  const signIn = `POST ${BASE}/auth/sign-in HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  const lengths = [20, signIn.length, signIn.length + 10, signIn.length + body.length];
  await oneByOne(3, async () => {
    for (const length of lengths) {
      const held = await holdConnections(service.origin, 100, (signIn + body).slice(0, length));
      held.forEach(({ socket }) => socket.resetAndDestroy());
    }
  });
  await expectAsBefore(files);
});

it.each([
  ['headers', 431, `GET /jw-certs HTTP/1.1\r\n${HOST}X-A: ${'a'.repeat(100_000)}\r\n\r\n`],
  ['addresses', 431, `GET /${'a'.repeat(100_000)} HTTP/1.1\r\n${HOST}\r\n`],
  ['bodies', 413, `${REFRESH}Content-Length: 1000000\r\n\r\n${'a'.repeat(1_000_000)}`],
  [
    'bodies of no length',
    413,
    `${REFRESH}Transfer-Encoding: chunked\r\n\r\n${`4000\r\n${'a'.repeat(0x4000)}\r\n`.repeat(10)}`,
  ],
])('too large %s, a hundred at once, are refused one by one', async (_what, status, bytes) => {
  const files = await filesOf();
  const held = await holdConnections(service.origin, 100, bytes);
  await poll('the answers', 30, () => held.every((one) => answerOf(one).status > 0 || one.isClosed()) || undefined);
  expectAnswers(held, status);
  held.forEach(({ socket }) => socket.destroy());
  await expectAsBefore(files);
});

it('a thousand requests that are sent without waiting for an answer are answered in their order', async () => {
  const ids = Array.from({ length: 1000 }, (_none, at) => `request-${at}`);
  const bytes = ids.map((id, at) =>
    at % 2
      ? `GET /jw-certs HTTP/1.1\r\n${HOST}X-Request-Id: ${id}\r\n\r\n`
      : `${REFRESH}X-Request-Id: ${id}\r\nContent-Length: 20\r\n\r\n{"refreshToken":"x"}`,
  );
  const [one] = (await holdConnections(service.origin, 1, bytes.join(''))) as [HeldConnection];
  const answered = () => [...one.received().matchAll(/HTTP\/1\.1 (\d{3}) |^x-request-id: (\S+)/gm)];
  await poll('all answers', 30, () => answered().length === 2 * ids.length || undefined);
  expect(answered().flatMap(([, , id]) => id ?? [])).toEqual(ids);
  expect(tally(answered().flatMap(([, status]) => (status ? { status: Number(status) } : [])))).toEqual({
    200: 500,
    401: 500,
  });
  one.socket.destroy();
});

/** A client that still writes may find the connection reset before it has read why: not all have to know. */
function expectAnswers(held: HeldConnection[], status: number): void {
  const { 0: unread = 0, ...read } = tally(held.map(answerOf));
  expect(Object.keys(read)).toEqual([String(status)]);
  expect(unread).toBeLessThan(held.length);
}

/** The first answer; 0 where none was read. */
function answerOf(connection: HeldConnection): { status: number } {
  return { status: Number(/^HTTP\/1\.1 (\d+) /.exec(connection.received())?.[1] ?? 0) };
}
