import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { poll } from '@platform/testing';
import { atOnce } from '../support/races.js';
import { readMetric } from '../support/metrics.js';
import { upToThree } from '../support/retries.js';
import { runIdentity } from '../support/run-identity.js';
import { basic } from '../support/sisters.js';
import { type BuiltService, startBuiltService } from '../support/start-built-service.js';

const LISTENERS = 2000;
/** So many connect at once: a backlog of a listening socket is 511. */
const BURST = 250;

/** A stream as it comes, without a parser: two thousand of those would be measured with the service. */
interface Listener {
  socket: Socket;
  received: string;
  /** When it had received what is waited for, in ms. */
  toldAt: number;
}

let service: BuiltService;
let authorization: string;
const listeners: Listener[] = [];
/** What is waited for. */
let wanted: string | undefined;

beforeAll(async () => {
  service = await startBuiltService({}, async (env) => {
    const order = 'service-accounts create --name listener --scope revocations:read --json';
    const made = await runIdentity(env, order.split(' '));
    const { secret } = JSON.parse(made.out) as { secret: string };
    authorization = basic('listener', secret).Authorization;
  });
});
afterAll(async () => {
  for (const { socket } of listeners) socket.destroy();
  await service.stop();
});

async function listen(): Promise<Listener> {
  const { hostname, port } = new URL(service.origin);
  const socket = connect(Number(port), hostname);
  const listener = { socket, received: '', toldAt: 0 };
  listeners.push(listener);
  socket.setEncoding('utf8').on('data', (text: string) => {
    listener.received += text;
    if (wanted && listener.toldAt === 0 && listener.received.includes(wanted)) listener.toldAt = performance.now();
  });
  await once(socket, 'connect');
  socket.write(
    `GET /v1/api/identity/internal/revocations HTTP/1.1\r\nHost: ${hostname}\r\n` +
      `Accept: text/event-stream\r\nAuthorization: ${authorization}\r\n\r\n`,
  );
  return listener;
}

const all = (text: string) => listeners.every(({ received }) => received.includes(text)) || undefined;

it('two thousand listeners of one replica are told of a sign-out within two seconds, and sign-ins go on', async () => {
  while (listeners.length < LISTENERS) {
    await atOnce(BURST, listen);
    await poll('the first events', 20, async () => all('\nevent: '));
  }
  expect(await readMetric(service.managementOrigin, 'identity_revocation_listeners')).toBe(LISTENERS);
  const tell = async () => {
    const person = await service.client.signUp();
    listeners.forEach((listener) => (listener.toldAt = 0));
    wanted = `"sessionId":"${person.sessionId}"`;
    const since = performance.now();
    expect((await service.client.post('/auth/sign-out', { refreshToken: person.refreshToken })).status).toBe(204);
    await poll('the end, at all of them', 10, async () => listeners.every(({ toldAt }) => toldAt > 0) || undefined);
    const ms = Math.max(...listeners.map(({ toldAt }) => toldAt)) - since;
    expect((await service.client.signIn(person.username)).status).toBe(200);
    return ms;
  };
  expect(await upToThree(tell, (ms) => ms < 2000)).toBeLessThan(2000);
});
