import { randomInt } from 'node:crypto';

const BASE = '/v1/api/identity';
/** What is kept of unexpected answers, as examples. */
const EXAMPLES = 20;
const UNAVAILABLE = 503;

/** What was done since the last time, by kind of request. */
export interface Traffic {
  /** Times in milliseconds. */
  routes: Record<string, { count: number; p50: number; p99: number }>;
  /** Answers of 503: something was late, and the caller is asked to come again. */
  unavailable: number;
  /** Answers of any other status than the one that is right, and calls without an answer. */
  unexpected: number;
  examples: string[];
}

interface Call {
  body?: unknown;
  authorization?: string;
  path?: string;
}

let times: Record<string, number[]> = {};
let unavailable = 0;
let unexpected = 0;
let examples: string[] = [];

class OtherStatus extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** One client of the service, with an address of its own as the proxy in front tells it. */
export class Caller {
  private readonly address = `198.${18 + randomInt(2)}.${randomInt(256)}.${randomInt(256)}`;
  private readonly origin: string;

  constructor(origin: string) {
    this.origin = origin;
  }

  /**
   * @param call `POST /otp/verify` below the base path; `path` of the order where it is another one
   * @param wanted the one status that is right
   * @returns the body @throws Error for every other status, which is counted
   */
  async send<Body>(call: string, wanted: number, { body, authorization, path }: Call = {}): Promise<Body> {
    const [method = '', route = ''] = call.split(' ');
    const began = performance.now();
    try {
      const response = await fetch(`${this.origin}${path ?? BASE + route}`, {
        method,
        headers: {
          'X-Forwarded-For': this.address,
          ...(body !== undefined && { 'Content-Type': 'application/json' }),
          ...(authorization !== undefined && { Authorization: authorization }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const text = await response.text();
      note(wanted < 400 ? call : `${call}, refused`, performance.now() - began);
      if (response.status === wanted) return (text === '' ? {} : JSON.parse(text)) as Body;
      throw new OtherStatus(response.status, `${response.status} instead of ${wanted}: ${text.slice(0, 300)}`);
    } catch (error) {
      throw complain(call, error);
    }
  }
}

/** How many calls there were; what was only waited for is none. */
export function callsOf(routes: Traffic['routes']): number {
  const calls = Object.entries(routes).filter(([what]) => /^[A-Z]+ \//.test(what));
  return calls.reduce((sum, [, { count }]) => sum + count, 0);
}

/** Remembers how long something took, in milliseconds. */
export function note(what: string, ms: number): void {
  (times[what] ??= []).push(ms);
}

/** Counts what should not have happened. @returns an error that says so */
export function complain(what: string, error: unknown): Error {
  if (error instanceof OtherStatus && error.status === UNAVAILABLE) unavailable += 1;
  else unexpected += 1;
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  const complaint = new Error(`${what}: ${error instanceof Error ? error.message : 'failed'}${cause}`);
  if (examples.length < EXAMPLES) examples.push(`${new Date().toISOString()} ${complaint.message}`);
  return complaint;
}

/** All since the last time. */
export function takeTraffic(): Traffic {
  const routes = Object.fromEntries(
    Object.entries(times).map(([what, all]) => {
      const sorted = all.toSorted((a, b) => a - b);
      const at = (part: number) => sorted[Math.floor(sorted.length * part)] ?? NaN;
      return [what, { count: sorted.length, p50: at(0.5), p99: at(0.99) }] as const;
    }),
  );
  const taken = { routes, unavailable, unexpected, examples };
  times = {};
  unavailable = 0;
  unexpected = 0;
  examples = [];
  return taken;
}
