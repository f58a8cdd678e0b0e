import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as OTLP has it in JSON, as far as tests look at it. */
export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  attributes: Record<string, string>;
  links: { traceId: string }[];
  /** `identity.mode` of the process. */
  mode: string | undefined;
}

type Attributes = { key: string; value: Record<string, unknown> }[];
interface ExportRequest {
  resourceSpans: {
    resource: { attributes: Attributes };
    scopeSpans: { spans: (Omit<ReceivedSpan, 'attributes' | 'links'> & { attributes: Attributes; links?: { traceId: string }[] })[] }[];
  }[];
} // prettier-ignore

/** A collector that keeps what it is sent: OTLP over HTTP, read where it is JSON, kept as bytes in either case. */
export interface OtlpReceiver {
  url: string;
  /** Every body that came, as it came. */
  bodies: Buffer[];
  /** Of the bodies that are JSON. */
  spans(): ReceivedSpan[];
  stop(): Promise<void>;
}

/** @param answer `hang` takes everything and never answers */
export async function startOtlpReceiver(answer: 'accept' | 'hang' = 'accept'): Promise<OtlpReceiver> {
  const bodies: Buffer[] = [];
  const server = createServer((request, response) => void receive(request, response));
  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    bodies.push(Buffer.concat(chunks));
    if (answer === 'accept') response.writeHead(request.url === '/v1/traces' ? 200 : 404).end('{}');
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    spans: () => bodies.filter((body) => body[0] === 0x7b).flatMap((body) => read(JSON.parse(body.toString()) as ExportRequest)), // prettier-ignore
    stop: () => stop(server),
  };
}

function read({ resourceSpans }: ExportRequest): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ attributes, links = [], ...span }) => ({
        ...span,
        links,
        attributes: plain(attributes),
        mode: plain(resource.attributes)['identity.mode'],
      })),
    ),
  );
}

function plain(attributes: Attributes): Record<string, string> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, String(Object.values(value)[0])]));
}

async function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}
