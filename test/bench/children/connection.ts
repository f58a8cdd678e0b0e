import { connect, type Socket } from 'node:net';

const END_OF_HEADERS = '\r\n\r\n';
const LAST_CHUNK = '\r\n0\r\n\r\n';

/**
 * One HTTP/1.1 connection that carries one request at a time, and does nothing else: with undici the load costs as much
 * as a bare Fastify server, which would then look slower, and we beside it faster, than it is.
 */
export class Connection {
  private readonly socket: Socket;
  private readonly host: string;
  private received: Buffer = Buffer.alloc(0);
  private settle?: { resolve: (body: string) => void; reject: (error: Error) => void };

  constructor(origin: string) {
    const { hostname, port, host } = new URL(origin);
    this.host = host;
    this.socket = connect(Number(port), hostname).setNoDelay(true);
    this.socket.on('data', (data) => this.take(data));
    for (const event of ['error', 'close']) {
      this.socket.on(event, (error?: Error) =>
        this.settle?.reject(error instanceof Error ? error : new Error('the connection was closed')),
      );
    }
  }

  /** The bytes of a request, to be sent any number of times. @param body as JSON, a text as it is */
  encode(method: string, path: string, body?: unknown, authorization?: string): Buffer {
    const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
    const headers = text ? `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n` : '';
    const who = authorization === undefined ? '' : `Authorization: ${authorization}\r\n`;
    return Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: ${this.host}\r\n${who}${headers}\r\n${text}`);
  }

  /** @returns the body of a 200 or 202, one in chunks as it came @throws OtherStatus for every other one */
  send(request: Buffer): Promise<string> {
    return new Promise((resolve, reject) => {
      this.settle = { resolve, reject };
      this.socket.write(request);
    });
  }

  close(): void {
    this.settle = undefined;
    this.socket.destroy();
  }

  private take(data: Buffer): void {
    this.received = this.received.length === 0 ? data : Buffer.concat([this.received, data]);
    const answer = readAnswer(this.received);
    if (answer === undefined) return;
    this.received = Buffer.alloc(0);
    if (typeof answer === 'string') this.settle?.resolve(answer);
    else this.settle?.reject(answer);
  }
}

/** An answer that is neither 200 nor 202. */
export class OtherStatus extends Error {
  readonly status: number;

  constructor(text: string) {
    super(`not a 200 or 202 with a length: ${text.slice(0, 1000)}`);
    this.status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1]);
  }
}

/** @returns the body of a whole answer that is good, an error for another one, nothing while some of it is missing */
function readAnswer(received: Buffer): string | Error | undefined {
  const text = received.toString('latin1');
  const end = text.indexOf(END_OF_HEADERS);
  if (end < 0) return undefined;
  const head = text.slice(0, end);
  const length = /content-length: *(\d+)/i.exec(head)?.[1];
  const from = end + END_OF_HEADERS.length;
  const isWhole = length === undefined ? text.endsWith(LAST_CHUNK) : received.length >= from + Number(length);
  const isFramed = length !== undefined || /transfer-encoding: *chunked/i.test(head);
  if (isFramed && !isWhole) return undefined;
  const isGood = isFramed && /^HTTP\/1\.1 20[02] /.test(head);
  return isGood ? received.toString('utf8', from) : new OtherStatus(text);
}

/** So many connections to one server. */
export function connections(origin: string, count: number): Connection[] {
  return Array.from({ length: count }, () => new Connection(origin));
}
