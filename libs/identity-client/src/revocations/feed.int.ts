import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UnauthorizedError } from '../errors.js';
import { hang, json, startServer, status, type TestServer, testClock, until } from '../testing/server.js';
import { AUDIENCE, ISSUER, testKey, token } from '../testing/tokens.js';
import { createVerifier, type Verifier } from '../token/verifier.js';
import type { FeedEvent, FeedProblem } from './options.js';

const key = testKey('first');
const ACCOUNT = `Basic ${Buffer.from('orders:secret').toString('base64')}`;
const ended = (sessionId: string, endedAt = new Date()) => ({
  sessionId,
  userId: '7',
  reason: 'sign-out',
  endedAt: endedAt.toISOString(),
});

/** The feed's server side, as the contract has it: everything that has ended, by a cursor that is its index. */
class Feed {
  readonly items: ReturnType<typeof ended>[] = [];
  readonly streams = new Set<ServerResponse>();
  readonly authorizations = new Set<string | undefined>();

  readonly handle: Parameters<TestServer['behave']>[0] = (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://feed');
    if (pathname === '/jw-certs') return json({ keys: [key.jwk] })(request, response);
    this.authorizations.add(request.headers.authorization);
    const from = Number(searchParams.get('after') ?? 0);
    if (request.headers.accept !== 'text/event-stream')
      return this.page(from, Number(searchParams.get('limit')))(request, response);
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' }).write('retry: 100\n\n');
    this.streams.add(response);
    response.on('close', () => this.streams.delete(response));
    for (let index = from; index < this.items.length; index += 1) this.send(response, index);
    this.beat();
    return undefined;
  };

  end(sessionId: string): void {
    this.items.push(ended(sessionId));
    for (const stream of this.streams) this.send(stream, this.items.length - 1);
  }

  beat(): void {
    for (const stream of this.streams) stream.write(`event: heartbeat\nid: ${this.items.length}\ndata: {}\n\n`);
  }

  private send(stream: ServerResponse, index: number): void {
    stream.write(`event: session-ended\nid: ${index + 1}\ndata: ${JSON.stringify(this.items[index])}\n\n`);
  }

  private page(from: number, limit: number) {
    const items = this.items.slice(from, from + limit);
    return json({ items, nextCursor: String(from + items.length), windowSeconds: 960 });
  }
}

let feed: Feed;
let server: TestServer;
let verifier: Verifier;
let events: FeedEvent[];
let problems: FeedProblem[];
let clock: ReturnType<typeof testClock>;

beforeEach(async () => {
  feed = new Feed();
  server = await startServer(feed.handle);
  clock = testClock();
  events = [];
  problems = [];
});
afterEach(async () => {
  await verifier?.close();
  await server[Symbol.asyncDispose]();
});

function start(options: { heartbeatMs?: number; maxSessions?: number; timeoutMs?: number } = {}): Verifier {
  verifier = createVerifier({
    issuer: ISSUER,
    audience: AUDIENCE,
    jwksUri: `${server.origin}/jw-certs`,
    revocations: { baseUrl: `${server.origin}/v1/`, name: 'orders', secret: 'secret', ...options },
    clock,
    random: () => 0,
    hooks: { onFeed: (event) => events.push(event), onFeedProblem: (problem) => problems.push(problem) },
  });
  return verifier;
}

const verify = (sid: string) => verifier.verify(token(key, { sid }));
const refused = expect.objectContaining({ name: 'TokenInvalidError', code: 'revoked' });
const sessions = () => verifier.state().feed?.sessions;
const live = () => until('the stream', () => feed.streams.size > 0);

describe('a session that has ended', () => {
  it('before the verifier began is known when it is ready, page by page', async () => {
    for (let id = 1; id <= 2500; id += 1) feed.end(String(id));
    await start().ready();
    expect(sessions()).toBe(2500);
    for (const id of ['1', '1000', '1001', '2500']) await expect(verify(id)).rejects.toEqual(refused);
    await verify('2501');
    expect([...feed.authorizations]).toEqual([ACCOUNT]);
  });

  it('is refused as soon as it is told of', async () => {
    await start().ready();
    await live();
    await verify('42');
    feed.end('42');
    await until('the event', () => sessions() === 1);
    await expect(verify('42')).rejects.toEqual(refused);
    await verify('43');
  });

  it('while the feed was away is told of when it is back; meanwhile the others go on', async () => {
    await start().ready();
    await live();
    server.behave(status(503));
    server.cut();
    await until('the loss', () => verifier.state().feed?.status === 'away');
    await verify('42');
    feed.end('42');
    server.behave(feed.handle);
    await until('what was missed', () => sessions() === 1);
    await expect(verify('42')).rejects.toEqual(refused);
    await until('the stream', () => verifier.state().feed?.status === 'live');
    expect(events.map((event) => event.status)).toEqual(['connecting', 'live', 'away', 'live']);
  });

  it('is kept as long as a token of it could be good, and no longer', async () => {
    await start().ready();
    await live();
    feed.end('42');
    await until('the event', () => sessions() === 1);
    clock.advance((960 + 110) * 1000);
    await expect(
      verifier.verify(token(key, { sid: '42', exp: Math.floor(clock.now().getTime() / 1000) })),
    ).rejects.toEqual(refused);
    clock.advance(20_000);
    feed.end('43');
    await until('the next event', () => sessions() === 1);
  });

  it('is refused whatever somebody wrote as the reason', async () => {
    feed.end('42');
    feed.end('43');
    Object.assign(feed.items[0]!, { reason: '' });
    Object.assign(feed.items[1]!, { reason: 'because '.repeat(100) });
    await start().ready();
    for (const id of ['42', '43']) await expect(verify(id)).rejects.toEqual(refused);
  });

  it('is dropped, the oldest first, where there is room for no more; which is told', async () => {
    for (let id = 1; id <= 12; id += 1) feed.end(String(id));
    await start({ maxSessions: 10 }).ready();
    expect(verifier.state().feed).toMatchObject({ sessions: 10, dropped: 2 });
    await expect(verify('12')).rejects.toEqual(refused);
    expect(problems.map(({ problem }) => problem)).toEqual(['overflow', 'overflow']);
  });
});

describe('the connection', () => {
  it('counts as dead when it says nothing, and another one goes on where it was', async () => {
    feed.end('1');
    await start({ heartbeatMs: 40 }).ready();
    await live();
    const [silent] = feed.streams;
    await until('another stream', () => feed.streams.size > 0 && !feed.streams.has(silent!));
    expect(server.asked.filter((url) => url.endsWith('?after=1')).length).toBeGreaterThan(1);
    expect(events.find((event) => event.status === 'away')?.error).toMatchObject({ code: 'service-unavailable' });
  });

  it('stays as long as there are heartbeats', async () => {
    await start({ heartbeatMs: 400 }).ready(); // dead after a second
    await live();
    const [stream] = feed.streams;
    for (let beats = 0; beats < 30; beats += 1) {
      feed.beat();
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
    expect([...feed.streams]).toEqual([stream]);
  });

  it.each([401, 403])('that is refused with %d is told of, and stops no verifying', async (code) => {
    server.behave((request, response) =>
      request.url === '/jw-certs' ? feed.handle(request, response) : status(code)(request, response),
    );
    await start().ready();
    expect(problems).toEqual([{ problem: 'unauthorized', error: expect.any(UnauthorizedError) }]);
    await verify('42');
  });

  it.each([
    ['no page', json({ items: [{}], nextCursor: '1', windowSeconds: 960 })],
    ['a page without a cursor', json({ items: [], windowSeconds: 960 })],
    ['a page for a year', json({ items: [], nextCursor: '1', windowSeconds: 31_536_000 })],
    ['a redirect', status(307, { location: '/elsewhere' })],
    ['silence', hang],
  ])('that answers %s is away, and stops no verifying', async (_what, behaviour) => {
    server.behave((request, response) =>
      request.url === '/jw-certs' ? feed.handle(request, response) : behaviour(request, response),
    );
    await start({ timeoutMs: 100 }).ready();
    expect(verifier.state().feed?.status).toBe('away');
    await verify('42');
    expect(server.asked).not.toContain('/elsewhere');
  });

  it('begins anew when the service no longer takes the cursor', async () => {
    await start().ready();
    await live();
    feed.end('42');
    await until('the event', () => sessions() === 1);
    server.cut();
    await until('the loss', () => verifier.state().feed?.status === 'away');
    server.behave((request, response) => {
      if (request.url?.includes('after=')) return status(422)(request, response);
      server.behave(feed.handle);
      return feed.handle(request, response);
    });
    feed.end('43');
    await until('what was missed', () => sessions() === 2);
    await expect(verify('43')).rejects.toEqual(refused);
  });

  it.each([{ heartbeatMs: Number.NaN }, { timeoutMs: 0 }, { maxSessions: 0 }])('cannot be had with %o', (options) => {
    expect(() => start(options)).toThrow(RangeError);
  });

  it('passes over what it cannot read, and says so', async () => {
    await start().ready();
    await live();
    for (const stream of feed.streams)
      stream.write(
        'event: session-ended\nid: 1\ndata: {"sessionId":7}\n\nevent: session-ended\ndata: {\n\nevent: later\ndata: x\n\n',
      );
    feed.end('42');
    await until('the event behind it', () => sessions() === 1);
    expect(problems.map(({ problem }) => problem)).toEqual(['malformed', 'malformed']);
  });

  it('ends with the verifier', async () => {
    await start().ready();
    await live();
    await verifier.close();
    await until('the end', () => feed.streams.size === 0);
    expect(verifier.state().feed?.status).toBe('closed');
  });
});
