import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

const LARGEST_BODY = 65_536;

export interface Request {
  query: URLSearchParams;
  body: string;
}

export interface Answer {
  status: number;
  type?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** What a route gives back: an answer, none at all, or the end of the connection. */
export type Outcome = Answer | 'silence' | 'hang-up';

/** Handlers by method and path: `GET /api/messages`. */
export type Routes = Record<string, (request: Request) => Outcome | Promise<Outcome>>;

export function json(status: number, value: unknown): Answer {
  return { status, type: 'application/json; charset=utf-8', body: JSON.stringify(value) };
}

/** A server of these routes; what they do not know is 404, or 405 under another method. */
export function httpServer(routes: Routes): Server {
  return createServer((request, response) => void serve(routes, request, response));
}

async function serve(routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const outcome = await outcomeOf(routes, request);
  if (outcome === 'hang-up') request.socket.destroy();
  else if (outcome !== 'silence') reply(response, outcome);
}

async function outcomeOf(routes: Routes, request: IncomingMessage): Promise<Outcome> {
  try {
    // A form would write a space as +; who asks for ?to=+84… or ?to=a+b@… means the sign.
    const url = new URL((request.url ?? '/').replaceAll('+', '%2B'), 'http://localhost');
    const handle = routes[`${request.method} ${url.pathname}`];
    if (!handle) return unknown(routes, url.pathname);
    const body = await bodyOf(request);
    if (body === undefined)
      return { ...json(413, { error: 'The body is too large' }), headers: { connection: 'close' } };
    return await handle({ query: url.searchParams, body });
  } catch (error) {
    return json(500, { error: error instanceof Error ? error.message : String(error) });
  }
}

function unknown(routes: Routes, path: string): Answer {
  const methods = Object.keys(routes)
    .filter((route) => route.endsWith(` ${path}`))
    .map((route) => route.replace(` ${path}`, ''));
  if (methods.length === 0) return json(404, { error: 'Nothing is here' });
  return { ...json(405, { error: 'Not with this method' }), headers: { allow: methods.join(', ') } };
}

/** Nothing when there is too much of it. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LARGEST_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function reply(response: ServerResponse, { status, type, headers, body }: Answer): void {
  response.writeHead(status, {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(type && { 'content-type': type }),
    ...headers,
  });
  response.end(body);
}
