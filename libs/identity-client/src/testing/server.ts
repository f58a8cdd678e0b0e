import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** A real HTTP server whose behaviour a test switches. */
export interface TestServer extends AsyncDisposable {
  origin: string;
  /** Addresses that were asked for, with the query. */
  asked: string[];
  behave(handler: Handler): void;
  /** Ends every connection, as a crash does. */
  cut(): void;
}

export async function startServer(handler: Handler): Promise<TestServer> {
  let current = handler;
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    void current(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    behave: (next) => {
      current = next;
    },
    cut: () => server.closeAllConnections(),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function json(body: unknown, headers: Record<string, string> = {}, status = 200): Handler {
  return (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export const status =
  (code: number, headers: Record<string, string> = {}): Handler =>
  (_request, response) =>
    response.writeHead(code, headers).end('{}');

/** Takes the question and never answers. */
export const hang: Handler = () => undefined;

/** A clock that tests move. */
export function testClock() {
  let ahead = 0;
  return {
    now: () => new Date(Date.now() + ahead),
    monotonic: () => performance.now() + ahead,
    advance: (milliseconds: number) => {
      ahead += milliseconds;
    },
  };
}

/** Waits for what a test can observe. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const end = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`${what}: not within 5 s`);
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}
