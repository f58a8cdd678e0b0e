import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Queues } from '../queues.js';
import type { BoardPages } from './board-pages.js';
import { BOARD_HEADERS, isOurHost } from './board-door.js';

/** What the board shows of a job's data: an allow-list of whoever owns the queue, since what is hidden is forgotten. */
type ShowData = (data: unknown) => Record<string, unknown>;

/**
 * The board of the queues: bull-board's page behind a door of ours, which lets reads through and nothing else. Loaded at
 * the first request; until then it costs nothing.
 */
export class QueueBoard {
  private pages: Promise<BoardPages> | undefined;

  constructor(
    private readonly queues: Queues,
    private readonly showData: ShowData,
  ) {}

  /** Answers any request below BOARD_PATH. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      send(response, {
        status: 405,
        type: 'text/plain',
        body: 'The board only shows: `identity queues` does the rest.',
      });
    } else if (!isOurHost(request.headers.host)) {
      send(response, { status: 421, type: 'text/plain', body: 'Use an address, localhost or a name of the cluster.' });
    } else {
      send(response, await (await this.loaded()).find(request.url ?? ''));
    }
  }

  private async loaded(): Promise<BoardPages> {
    this.pages ??= import('./board-pages.js').then(({ BoardPages: Pages }) => new Pages(this.queues, this.showData));
    return await this.pages;
  }
}

function send(response: ServerResponse, page: { status: number; type: string; body: string | Buffer }): void {
  const { status, type, body } = page;
  response
    .writeHead(status, { ...BOARD_HEADERS, 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) })
    .end(body);
}
