import { RequestRefusedError, ServiceUnavailableError, UnauthorizedError } from '../errors.js';

/** The question's fault and not the service's: unacceptable, too large, too long, or with headers that are. */
const REFUSALS = [400, 413, 414, 415, 422, 431];

export type Fetch = typeof globalThis.fetch;

export interface RequestOptions {
  fetch: Fetch;
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  body?: string;
  signal: AbortSignal;
}

/**
 * Sends a request and takes 200 alone. No redirect is followed: it would carry our secret, or our trust in the keys, to
 * an address that nobody configured.
 * @throws UnauthorizedError, RequestRefusedError, ServiceUnavailableError
 */
export async function request(url: string, { fetch, signal, ...init }: RequestOptions): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, signal, redirect: 'manual' });
  } catch (cause) {
    throw new ServiceUnavailableError('The identity service could not be reached.', { cause, isPassing: true });
  }
  if (response.status === 200) return response;
  const { status } = response;
  const isRefusal = REFUSALS.includes(status);
  const problem = isRefusal ? await problemCode(response) : await discard(response);
  if (status === 401 || status === 403) throw new UnauthorizedError(status);
  if (isRefusal) throw new RequestRefusedError(status, problem);
  throw new ServiceUnavailableError(`The identity service answered ${status}.`, {
    retryAfterSeconds: retryAfter(response),
    isPassing: status === 503,
  });
}

/**
 * Reads a JSON body of bounded size.
 * @throws ServiceUnavailableError when it is longer, cut off or no JSON
 */
export async function readJson(response: Response, maxBytes: number): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.byteLength;
      // Leaving the loop cancels the body.
      if (size > maxBytes) throw new Error(`more than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch (cause) {
    throw new ServiceUnavailableError('The answer could not be read.', { cause });
  }
}

/** Frees the connection of an answer that nobody reads. */
async function discard(response: Response): Promise<undefined> {
  await response.body?.cancel().catch(() => undefined);
}

async function problemCode(response: Response): Promise<string | undefined> {
  const body = await readJson(response, 64 * 1024).catch(() => undefined);
  const code = typeof body === 'object' && body !== null && 'code' in body ? body.code : undefined;
  return typeof code === 'string' && /^[a-z.-]{1,100}$/.test(code) ? code : undefined;
}

function retryAfter(response: Response): number | undefined {
  const text = response.headers.get('retry-after') ?? '';
  return /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}
