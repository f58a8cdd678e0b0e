import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { poll } from './poll.js';

/** One event as it came. */
interface StreamEvent {
  event: string;
  id: string;
  data: Record<string, string>;
  /** When it came, on this process's monotonic clock. */
  at: number;
}

/** A stream of server-sent events, read by a socket of its own. */
export interface EventStream {
  status: number;
  headers: IncomingHttpHeaders;
  /** All that came, heartbeats too. */
  events: StreamEvent[];
  text(): string;
  /** Settles when it is over: `true` when it was ended in good order. */
  ended: Promise<boolean>;
  isOver(): boolean;
  /** Stops reading; what comes stays in the buffers of the kernel and of the service. */
  pause(): void;
  close(): void;
  /** The sessions told of, in the order of their events. */
  sessions(): string[];
  /** Waits for the end of a session to be told. */
  told(sessionId: string, seconds?: number): Promise<StreamEvent>;
}

/** Opens a stream, and waits for its headers; refused ones come back with their text. */
export async function openEvents(address: string, headers: Record<string, string>): Promise<EventStream> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(address, { agent: false, headers: { Accept: 'text/event-stream', ...headers } }, resolve)
      .on('error', reject)
      .end();
  });
  const events: StreamEvent[] = [];
  let text = '';
  let rest = '';
  let isOver = false;
  response.setEncoding('utf8');
  response.on('data', (piece: string) => {
    text += piece;
    const blocks = (rest + piece).split('\n\n');
    rest = blocks.pop() ?? '';
    events.push(...blocks.flatMap(parse));
  });
  const ended = new Promise<boolean>((resolve) => {
    response.on('error', () => undefined);
    response.on('close', () => {
      isOver = true;
      resolve(response.complete);
    });
  });
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    events,
    text: () => text,
    ended,
    isOver: () => isOver,
    pause: () => void response.pause(),
    close: () => void response.destroy(),
    sessions: () => events.flatMap(({ data }) => data.sessionId ?? []),
    told: (sessionId, seconds = 5) =>
      poll(`the end of session ${sessionId}`, seconds, () => events.find(({ data }) => data.sessionId === sessionId)),
  };
}

function parse(block: string): StreamEvent[] {
  const fields = Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s)));
  const { event, id = '', data = '' } = fields as Record<string, string | undefined>;
  if (event === undefined) return [];
  return [{ event, id, data: JSON.parse(data) as Record<string, string>, at: performance.now() }];
}
