import { type Agent, request } from 'node:http';

export interface GatewayAnswer {
  status: number;
  /** By their lower-case names; those that came twice have both values. */
  headers: Record<string, string[]>;
  text: string;
}

export interface Question {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
  /** Address of this machine that the call comes from. Traefik trusts 127.0.0.1, as if that were Nginx. */
  from?: string;
  /** What Nginx would write: its client last. */
  forwardedFor?: string;
  agent?: Agent;
}

/**
 * One request as it is written: fetch would normalise the path and hide which headers came twice.
 * @param path from the root, not encoded further
 */
export function ask(origin: string, path: string, question: Question = {}): Promise<GatewayAnswer> {
  const { hostname, port } = new URL(origin);
  const { body, forwardedFor } = question;
  const text = typeof body === 'string' || body === undefined ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const sent = request({
      hostname,
      port,
      path,
      method: question.method ?? (text === undefined ? 'GET' : 'POST'),
      localAddress: question.from ?? '127.0.0.1',
      agent: question.agent ?? false,
      headers: {
        ...(text !== undefined && { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }),
        ...(forwardedFor !== undefined && { 'X-Forwarded-For': forwardedFor }),
        ...question.headers,
      },
    });
    sent.on('error', reject).on('response', (response) => {
      const chunks: Buffer[] = [];
      response
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('error', reject)
        .on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headersDistinct as Record<string, string[]>,
            text: Buffer.concat(chunks).toString(),
          }),
        );
    });
    sent.end(text);
  });
}
