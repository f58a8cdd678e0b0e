import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Heard, Ledger } from './ledger.js';

/**
 * Longer than anything is frozen here. Whoever gives up and asks the other process may have their first question
 * carried out long after: a refresh token that is two behind by then counts as stolen.
 */
const PATIENCE_MS = 60_000;
/** Nobody here waits out a whole `Retry-After`: what comes too early is refused again. */
const LONGEST_PAUSE_MS = 400;
/** How long somebody asks again for what must be decided in the end. */
const DECIDED_WITHIN_MS = 150_000;
const BASE = '/v1/api/identity';

export interface Question {
  method: string;
  /** Below the base path, as in the document: `/admin/policies/{id}`. */
  path: string;
  /** What stands in place of `{id}`. */
  id?: string;
  body?: object;
  headers?: Record<string, string>;
}

/** Where people are. */
interface Place {
  origins: () => string[];
  ledger: Ledger;
  /** Statuses by `METHOD path`, of the OpenAPI document. */
  documented: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether the silence of an API process is excused at the moment. */
  isSilent: (api: number) => boolean;
}

/** A decisive answer, and whether an earlier try may have done it already. */
export interface Decided extends Heard {
  inDoubt: boolean;
}

/** Says that somebody has met what must not be; it stands in the ledger. */
export class Contradiction extends Error {}

/** One person's way to the service: to the two API processes in turn, each time from another address. */
export class Caller {
  private turn = randomInt(2);

  constructor(private readonly place: Place) {}

  /** Asks once. The answer is held against the document and against the promises for refusals. */
  async ask(what: string, question: Question, api = (this.turn = 1 - this.turn)): Promise<Heard> {
    const at = performance.now();
    const excused = this.place.isSilent(api);
    const heard = { what, api, at, ...(await this.send(question, api)), ms: performance.now() - at };
    this.place.ledger.heard.push(heard);
    this.judge(heard, question, excused || this.place.isSilent(api));
    return heard;
  }

  /**
   * Asks until something is decided, as a client does that was told to come again.
   * @param good the statuses that are due
   * @param again those that are as good, once an earlier try may have done it
   * @throws Contradiction for any other
   */
  async insist(what: string, question: Question, good: number[], again: number[] = []): Promise<Decided> {
    const until = performance.now() + DECIDED_WITHIN_MS;
    for (let inDoubt = false; ; inDoubt = true) {
      const heard = await this.ask(what, question);
      if (good.includes(heard.status) || (inDoubt && again.includes(heard.status))) return { ...heard, inDoubt };
      if (!isUndecided(heard)) throw this.contradiction(`${what}: ${good.join(' or ')} was due, not ${told(heard)}`);
      if (performance.now() > until) throw this.contradiction(`${what}: nothing was decided, at last ${told(heard)}`);
      await delay(Math.min(LONGEST_PAUSE_MS, 1000 * Number(heard.headers.get('retry-after') ?? 0.2)));
    }
  }

  contradiction(text: string): Contradiction {
    this.place.ledger.wrong(text);
    return new Contradiction(text);
  }

  private async send({ method, path, id = '', body, headers }: Question, api: number) {
    try {
      const prefix = path === '/jw-certs' ? '' : BASE;
      const response = await fetch(`${this.place.origins()[api]}${prefix}${path.replace('{id}', id)}`, {
        method,
        headers: {
          'X-Forwarded-For': `10.${randomInt(256)}.${randomInt(256)}.${1 + randomInt(250)}`,
          ...(body && { 'Content-Type': 'application/json' }),
          ...headers,
        },
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : {} };
    } catch (error) {
      return { status: 0, headers: new Headers(), body: { code: String((error as Error).cause ?? error) } };
    }
  }

  private judge(heard: Heard, { method, path }: Question, excused: boolean): void {
    const { ledger, documented } = this.place;
    const { what, status, headers, body, api } = heard;
    if (status === 0) {
      if (!excused) ledger.wrong(`${what}: no answer of API ${api} (${body.code})`);
      return;
    }
    if (status >= 500 && status !== 503) ledger.wrong(`${what}: ${told(heard)}`);
    if (!documented.get(`${method} ${path}`)?.has(String(status))) ledger.wrong(`${what}: undocumented ${told(heard)}`);
    if (status !== 503 && status !== 429) return;
    if (!(Number(headers.get('retry-after')) >= 1)) ledger.wrong(`${what}: ${status} without Retry-After`);
    if (typeof body.code !== 'string') ledger.wrong(`${what}: ${status} without a code`);
  }
}

/** Whether it may have been done, and may not. */
export function isUndecided({ status, body }: Heard): boolean {
  return status === 0 || status === 503 || (status === 429 && body.code === 'auth.throttled');
}

function told({ status, body }: Heard): string {
  return `${status} ${JSON.stringify(body.code ?? '')}`;
}
