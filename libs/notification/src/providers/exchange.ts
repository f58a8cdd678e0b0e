import * as http from 'node:http';
import * as https from 'node:https';
import { withDeadline } from '@platform/kernel';
import type { HttpAnswer } from '../domain/sms/provider-answer.js';

export interface HttpExchange {
  url: string;
  method: string;
  headers: Record<string, string>;
  body?: string;
  connectTimeoutMs: number;
  /** From the connection to the last byte of the answer. */
  timeoutMs: number;
}

/** An exchange without a whole answer. */
export class ExchangeFailure extends Error {
  /** @param written whether any of the request may have left: only if not, it is certain that nothing was done */
  constructor(
    readonly reason: string,
    readonly written: boolean,
  ) {
    super(reason);
    this.name = 'ExchangeFailure';
  }
}

const MAX_ANSWER_BYTES = 65_536;

/**
 * One request on a connection of its own, redirects not followed. Node holds a request back until the connection
 * stands, TLS and all, so that a failure before that is one before the first byte. A kept connection would lose just
 * this knowledge: the server may close it the moment it is used again.
 * @throws ExchangeFailure
 */
export async function exchange({ url, method, headers, body, ...times }: HttpExchange): Promise<HttpAnswer> {
  const isSecure = url.startsWith('https:');
  const request = (isSecure ? https : http).request(url, { method, headers, agent: false });
  let written = false;
  const connected = new Promise<void>((resolve) => {
    request.once('socket', (socket) => {
      socket.once(isSecure ? 'secureConnect' : 'connect', () => {
        written = true;
        resolve();
      });
    });
  });
  const answer = new Promise<HttpAnswer>((resolve, reject) => {
    request.on('error', reject);
    request.once('response', (response) => void readAnswer(response).then(resolve, reject));
  });
  request.end(body);
  try {
    await withDeadline(Promise.race([connected, answer]), times.connectTimeoutMs, late('no connection in time'));
    return await withDeadline(answer, times.timeoutMs, late('no answer in time'));
  } catch (error) {
    request.destroy();
    throw new ExchangeFailure(reasonOf(error as Error), written);
  }
}

/** With its reason where Node's own errors have theirs. */
function late(code: string): () => Error {
  return () => Object.assign(new Error(code), { code });
}

async function readAnswer(response: http.IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error('too long an answer');
    chunks.push(chunk);
  }
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') };
}

/** Node's code, such as ECONNREFUSED: its message may hold an address, and the answer's text anything. */
function reasonOf(error: Error): string {
  return (error as { code?: string }).code ?? 'broken answer';
}
