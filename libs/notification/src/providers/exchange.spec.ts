import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exchange } from './exchange.js';

let server: Server;
let times: { connectTimeoutMs: number; timeoutMs: number };

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  times = { connectTimeoutMs: 10_000, timeoutMs: 10_000 };
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const ask = () => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return exchange({ url, method: 'POST', headers: {}, body: '{}', ...times });
};
const block = (ms: number) => {
  for (const until = performance.now() + ms; performance.now() < until;);
};

describe('a process that was busy past the timeout', () => {
  it('takes the answer that has come meanwhile', async () => {
    server.on('request', (_request, response: ServerResponse) => {
      response.end('answer');
      block(200);
    });
    times.timeoutMs = 100;
    expect(await ask()).toEqual({ status: 200, body: 'answer' });
  });

  it('takes the connection that has come meanwhile', async () => {
    server.on('request', (_request, response: ServerResponse) => response.end('answer'));
    times.connectTimeoutMs = 100;
    await new Promise((resolve) => setImmediate(resolve)); // timers come next
    const answer = ask();
    process.nextTick(block, 200);
    expect(await answer).toEqual({ status: 200, body: 'answer' });
  });
});
