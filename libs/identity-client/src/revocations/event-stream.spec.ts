import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEvents } from './event-stream.js';

interface Heard {
  events: { event?: string | undefined; id?: string | undefined; data: string }[];
  retries: number[];
  end: string;
}

async function read(chunks: Uint8Array[]): Promise<Heard> {
  const events: Heard['events'] = [];
  const retries: number[] = [];
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  const listener = {
    onEvent: ({ event, id, data }: Heard['events'][number]) => void events.push({ event, id, data }),
    onRetry: (ms: number) => void retries.push(ms),
  };
  const end = await readEvents(body, listener, { quietMs: 1000, abort: () => undefined }).catch(
    (error: unknown) => (error as Error).message,
  );
  return { events, retries, end };
}

const bytes = (text: string) => new TextEncoder().encode(text);
const STREAM =
  '\uFEFFretry: 3000\n\n: a comment\n\nevent: session-ended\nid: é1\ndata: {"reason":"töd 🦊",\ndata: "x":1}\n\nid: 2\nevent: heartbeat\ndata: {}\n\n';
const EXPECTED = {
  events: [
    { event: 'session-ended', id: 'é1', data: '{"reason":"töd 🦊",\n"x":1}' },
    { event: 'heartbeat', id: '2', data: '{}' },
  ],
  retries: [3000],
};

describe('a stream of events', () => {
  it.each(['\n', '\r\n', '\r'])('is read the same wherever it is cut, with lines that end by %j', async (newline) => {
    const whole = bytes(STREAM.replaceAll('\n', newline));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(whole.length), { maxLength: 20 }), async (places) => {
        const cuts = [0, ...places.toSorted((a, b) => a - b), whole.length];
        const chunks = cuts.slice(1).map((cut, index) => whole.slice(cuts[index], cut));
        expect(await read(chunks)).toMatchObject(EXPECTED);
      }),
    );
  });

  it('that ends says so, and an event that was cut off is none', async () => {
    const { events, end } = await read([bytes('event: session-ended\ndata: {"sessionId"')]);
    expect(events).toEqual([]);
    expect(end).toBe('The feed has ended.');
  });

  it('whose event never ends is left', async () => {
    const { events, end } = await read([bytes('data: '), ...Array.from({ length: 80 }, () => bytes('x'.repeat(1024)))]);
    expect(events).toEqual([]);
    expect(end).toBe('The feed was cut off.');
  });
});
