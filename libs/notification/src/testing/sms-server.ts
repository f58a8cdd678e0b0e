import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';

interface ReceivedRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

/** What a server does with a request: answers `[status, body]`, or whatever it does with the connection. */
export type Behaviour = [status: number, body: unknown] | ((response: ServerResponse, socket: Socket) => void);

export interface SmsServer {
  url: string;
  received: ReceivedRequest[];
  /** By path, else for all. */
  behaviour: Record<string, Behaviour>;
  stop(): Promise<void>;
}

/** A provider's server on loopback that does what the test says. */
export async function startSmsServer(behaviour: Behaviour = [200, { status: '00' }]): Promise<SmsServer> {
  const state: SmsServer = { url: '', received: [], behaviour: { '*': behaviour }, stop };
  const server = createServer((request, response) => {
    handle(state, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/send`;
  return state;

  async function stop(): Promise<void> {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

async function handle(state: SmsServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  const { method = '', url: path = '', headers } = request;
  state.received.push({ method, path, headers, body });
  const behaviour = state.behaviour[path] ?? state.behaviour['*'] ?? [200, ''];
  if (typeof behaviour === 'function') {
    behaviour(response, request.socket);
    return;
  }
  const [status, answer] = behaviour;
  response.writeHead(status, { location: '/elsewhere' });
  response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
}
