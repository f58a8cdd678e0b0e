import type { Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';
import type { Behaviour } from './behaviour.js';
import { Door } from './door.js';
import { type Answer, httpServer, json, type Routes } from './http.js';
import type { Inbox, Kept, Received } from './inbox.js';

/** What every stand-in offers to the process that started it; over HTTP it offers the same. */
export interface StandIn<M extends Received, Code> {
  /** Base of its page and its JSON interface. */
  url: string;
  /** Where it takes messages. */
  wirePort: number;
  /** Newest first; of one recipient when there is a `to`. */
  messages(to?: string): Kept<M>[];
  clear(): void;
  behave(behaviour: Behaviour<Code>): Promise<void>;
  stop(): Promise<void>;
}

export interface Ports {
  host: string;
  /** Of the page; any free one when absent. */
  port: number | undefined;
  /** Of the server that takes messages; any free one when absent. */
  wirePort: number | undefined;
}

export interface Parts<M extends Received, Code> {
  inbox: Inbox<M>;
  conduct: Conduct<Code>;
  /** Takes the messages. It has a port of its own, so that it can be down while the page answers. */
  wire: Server;
  page: (query: URLSearchParams) => Answer;
  /** Beside those of the inbox. */
  routes?: Routes;
}

/** The behaviour of the moment, which whatever takes messages asks before it answers. */
export class Conduct<Code> {
  current: Behaviour<Code> = { mode: 'accept' };

  constructor(readonly schema: z.ZodType<Behaviour<Code>>) {}

  /** Waits as long as answers are to wait; it keeps no process from ending. */
  async pause(): Promise<void> {
    if (this.current.delayMs) await delay(this.current.delayMs, undefined, { ref: false });
  }
}

/** @throws Error when a port is taken */
export async function startStandIn<M extends Received, Code>(
  { host, port, wirePort }: Ports,
  parts: Parts<M, Code>,
): Promise<StandIn<M, Code>> {
  const { inbox, conduct } = parts;
  const door = new Door(parts.wire, host, wirePort);
  let last = Promise.resolve();
  const change = async (behaviour: Behaviour<Code>) => {
    if (behaviour.mode !== 'down') await door.open();
    conduct.current = behaviour;
    if (behaviour.mode === 'down') await door.shut();
  };
  /** One change after the other: a server that is still closing cannot be opened. */
  const behave = (behaviour: Behaviour<Code>) => {
    const changed = last.then(() => change(behaviour));
    last = changed.catch(() => undefined);
    return changed;
  };
  const web = new Door(httpServer({ ...inboxRoutes(parts, behave), ...parts.routes }), host, port);
  const stop = async () => {
    await last;
    await Promise.all([web.shut(), door.shut()]);
  };
  try {
    await Promise.all([web.open(), door.open()]);
  } catch (error) {
    await stop();
    throw error;
  }
  const url = `http://${host}:${web.port}`;
  return { url, wirePort: door.port, messages: (to) => inbox.list(to), clear: () => inbox.clear(), behave, stop };
}

function inboxRoutes<M extends Received, Code>(
  { inbox, conduct, page }: Parts<M, Code>,
  behave: (behaviour: Behaviour<Code>) => Promise<void>,
): Routes {
  return {
    'GET /': ({ query }) => page(query),
    'GET /api/messages': ({ query }) => json(200, inbox.list(query.get('to') ?? undefined)),
    'DELETE /api/messages': () => {
      inbox.clear();
      return { status: 204 };
    },
    'GET /api/behaviour': () => json(200, conduct.current),
    'PUT /api/behaviour': async ({ body }) => {
      const { data, error } = conduct.schema.safeParse(parse(body));
      if (error)
        return json(400, { errors: error.issues.map((each) => `${each.path.join('.') || 'body'}: ${each.message}`) });
      await behave(data);
      return json(200, conduct.current);
    },
  };
}

/** Nothing when it is no JSON. */
export function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
