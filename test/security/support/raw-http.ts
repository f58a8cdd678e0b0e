import { connect } from 'node:net';
import { once } from 'node:events';
import type { Answer } from '../../support/client.js';

/**
 * Sends bytes as they are, as no HTTP client would, and reads until the service closes, or has sent as many answers as are
 * waited for.
 * @param end whether the sending side is closed after the bytes
 * @param later bytes that are sent once the first answer is there
 */
export async function sendRaw(
  origin: string,
  bytes: string | Buffer,
  { answers = 1, end = false, later = '' }: { answers?: number; end?: boolean; later?: string } = {},
): Promise<Answer[]> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  const done = Promise.withResolvers<void>();
  socket.on('data', (chunk) => {
    chunks.push(chunk);
    const { length } = parse(Buffer.concat(chunks));
    if (length >= answers) done.resolve();
    else if (length === 1) socket.write(later);
  });
  // A reset after the answer is the service's right: what was read counts.
  socket.on('error', () => done.resolve());
  socket.on('close', () => done.resolve());
  await once(socket, 'connect');
  if (end) socket.end(bytes);
  else socket.write(bytes);
  await done.promise;
  socket.destroy();
  return parse(Buffer.concat(chunks));
}

/** Complete answers with a Content-Length or none at all. */
function parse(bytes: Buffer): Answer[] {
  const found: Answer[] = [];
  for (let rest = bytes; ;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) return found;
    const [line = '', ...fields] = rest.subarray(0, end).toString('latin1').split('\r\n');
    const headers = new Headers(fields.map((field) => splitField(field)));
    const length = Number(headers.get('content-length') ?? 0);
    if (rest.length < end + 4 + length) return found;
    const text = rest.subarray(end + 4, end + 4 + length).toString('utf8');
    const isJson = /json/.test(headers.get('content-type') ?? '');
    found.push({ status: Number(line.split(' ')[1]), headers, text, body: isJson ? JSON.parse(text) : {} });
    rest = rest.subarray(end + 4 + length);
  }
}

function splitField(field: string): [string, string] {
  const at = field.indexOf(':');
  return [field.slice(0, at), field.slice(at + 1).trim()];
}
