import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import type { Queues } from '../queues.js';
import { BoardRoutes } from './board-routes.js';
import { BOARD_PATH } from './board-door.js';
import { withoutSecrets } from './without-secrets.js';

interface Page {
  status: number;
  type: string;
  body: string | Buffer;
}

const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
};
const NOT_FOUND: Page = { status: 404, type: 'text/plain', body: 'There is no such page of the board.' };
/** The library's page asks Google for a font, and so would tell it who looks at the board, and when. */
const FOREIGN_LINK = /<link[^>]+href="https?:[^>]*>/g;

/** bull-board's page, its files and what it reads of the queues. */
export class BoardPages {
  private readonly routes = new BoardRoutes();
  private readonly files: Map<string, string>;

  constructor(
    private readonly queues: Queues,
    showData: (data: unknown) => Record<string, unknown>,
  ) {
    const adapters = queues.names.map((name) => {
      // The page hides what it may not do; that nothing of it is done is not up to the page, nor to this.
      const adapter = new BullMQAdapter(queues.get(name), { readOnlyMode: true });
      adapter.setFormatter('data', showData);
      return adapter;
    });
    const uiConfig = { boardTitle: 'Queues', hideRedisDetails: true };
    createBullBoard({ queues: adapters, serverAdapter: this.routes, options: { uiConfig } });
    this.files = filesIn(this.routes.statics);
  }

  /** @param url of the request, below BOARD_PATH */
  async find(url: string): Promise<Page> {
    const { pathname, searchParams } = new URL(url, 'http://board');
    const path = pathname.slice(pathname.indexOf(BOARD_PATH) + BOARD_PATH.length) || '/';
    if (path.startsWith('/static/')) return this.file(path.slice('/static/'.length));
    if (path.startsWith('/api/')) return await this.read(path, Object.fromEntries(searchParams));
    return this.routes.isPage(path) ? { status: 200, type: 'text/html; charset=utf-8', body: this.page() } : NOT_FOUND;
  }

  private async read(path: string, query: Record<string, string>): Promise<Page> {
    const work = this.routes.read(path, query);
    if (!work) return NOT_FOUND;
    const { status, body } = await this.queues
      .within(work)
      .catch(() => ({ status: 503, body: { error: 'Redis does not answer.' } }));
    return { status, type: 'application/json', body: JSON.stringify(withoutSecrets(body)) };
  }

  /** The template's language is EJS; of it, it uses the two ways to insert a value. */
  private page(): string {
    const { template, params } = this.routes.entry(BOARD_PATH);
    return readFileSync(template, 'utf8')
      .replaceAll(FOREIGN_LINK, '')
      .replaceAll(/<%([=-]) (\w+) %>/g, (_all, kind: string, name: string) =>
        kind === '=' ? escapeHtml(params[name] ?? '') : (params[name] ?? ''),
      );
  }

  private file(name: string): Page {
    const path = this.files.get(name);
    const type = TYPES[extname(name)] ?? 'application/octet-stream';
    return path === undefined ? NOT_FOUND : { status: 200, type, body: readFileSync(path) };
  }
}

/** By name, so that no name asked for is ever made into a path. */
function filesIn(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    entries.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(folder.length + 1), path];
    }),
  );
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
