import { ServiceUnavailableError } from '../errors.js';
import { basicAuthorization, httpUrl } from '../transport/account.js';
import { type Fetch, readJson, request } from '../transport/request.js';
import { within } from '../transport/values.js';
import { toRevocationPage, type RevocationPage } from './messages.js';
import type { RevocationOptions } from './options.js';

const PAGE = 1000;
const MAX_PAGE_BYTES = 1024 * 1024;

/** `GET /internal/revocations`, as pages and as a stream. */
export class FeedClient {
  private readonly url: string;
  private readonly authorization: string;
  private readonly timeoutMs: number;

  constructor(
    options: RevocationOptions,
    private readonly fetch: Fetch,
  ) {
    this.url = `${httpUrl(options.baseUrl, 'revocations.baseUrl')}/internal/revocations`;
    this.authorization = basicAuthorization(options);
    this.timeoutMs = within('revocations.timeoutMs', options.timeoutMs ?? 5000, 1, 60_000);
  }

  /**
   * What ended after the cursor; without one, or with one that the service has forgotten, all of its window.
   * @returns whether this was the last page, too
   * @throws UnauthorizedError, ServiceUnavailableError
   */
  async page(after: string | undefined, signal: AbortSignal): Promise<RevocationPage & { isLast: boolean }> {
    const response = await this.ask({ after, accept: 'application/json', limit: PAGE }, [
      signal,
      AbortSignal.timeout(this.timeoutMs),
    ]);
    const page = toRevocationPage(await readJson(response, MAX_PAGE_BYTES));
    if (!page) throw new ServiceUnavailableError('The answer is no page of ended sessions.');
    return { ...page, isLast: page.items.length < PAGE || page.nextCursor === after };
  }

  /**
   * What ends from now on, after what ended since the cursor.
   * @throws UnauthorizedError, ServiceUnavailableError
   */
  async stream(after: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    // The time is for the answer's head alone; the body has no end.
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), this.timeoutMs).unref();
    try {
      const response = await this.ask({ after, accept: 'text/event-stream' }, [signal, late.signal]);
      const type = response.headers.get('content-type') ?? '';
      if (response.body && /^text\/event-stream\b/i.test(type)) return response.body;
      await response.body?.cancel();
      throw new ServiceUnavailableError('The answer is no stream of events.');
    } finally {
      clearTimeout(timer);
    }
  }

  private ask({ after, accept, limit }: { after?: string; accept: string; limit?: number }, signals: AbortSignal[]) {
    const query = new URLSearchParams();
    if (after !== undefined) query.set('after', after);
    if (limit !== undefined) query.set('limit', String(limit));
    const headers: Record<string, string> = { accept, authorization: this.authorization };
    if (after !== undefined && limit === undefined) headers['last-event-id'] = after;
    return request(query.size > 0 ? `${this.url}?${query.toString()}` : this.url, {
      fetch: this.fetch,
      headers,
      signal: AbortSignal.any(signals),
    });
  }
}
