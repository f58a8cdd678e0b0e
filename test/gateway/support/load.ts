import { randomInt } from 'node:crypto';
import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { credentials, randomUsername } from '../../support/client.js';
import { ask, type GatewayAnswer, type Question } from './ask.js';

const BASE = '/v1/api/identity';
const PAUSE_MS = 50;
const EACH = 2;

/** What was asked while it went on. */
interface LoadReport {
  /** Answers as they should be, by what was asked for. */
  good: Record<string, number>;
  /** The others, in words, and how many of each. */
  failures: Record<string, number>;
}

/** Requests that go on until they are stopped. */
export interface Load {
  report: LoadReport;
  stop(): Promise<LoadReport>;
}

/**
 * People who sign in and stay signed in, and sisters that fetch keys and ask what somebody may do: some on connections
 * that they keep, some on a new one each time. Nothing is asked twice.
 * @param account header of a sister that may check policies
 */
export function startLoad(origin: string, account: { Authorization: string }): Load {
  const report: LoadReport = { good: {}, failures: {} };
  const kept = new Agent({ keepAlive: true, maxSockets: 64 });
  const over = new AbortController();

  async function send(
    kind: string,
    path: string,
    question: Question,
    expected: number,
  ): Promise<GatewayAnswer | undefined> {
    try {
      // Everybody comes from an address of their own, so that no limit is in the way.
      const forwardedFor = `10.${randomInt(256)}.${randomInt(256)}.${randomInt(256)}`;
      const answer = await ask(origin, path, { forwardedFor, ...question });
      if (answer.status === expected) {
        count(report.good, kind);
        return answer;
      }
      count(report.failures, `${kind} answered ${answer.status}: ${answer.text.slice(0, 200)}`);
    } catch (error) {
      count(report.failures, `${kind} failed: ${String(error)}`);
    }
    return undefined;
  }

  // Two people: a session that others of the same person came after is ended once there are too many.
  async function people(agent: Agent | undefined): Promise<void> {
    const signUp = (username: string) =>
      send('sign-up', `${BASE}/auth/sign-up`, { agent, body: credentials(username) }, 201);
    const comesAndGoes = randomUsername();
    await signUp(comesAndGoes);
    let refreshToken = tokenOf(await signUp(randomUsername()));
    while (!over.signal.aborted && refreshToken !== undefined) {
      const body = { refreshToken };
      refreshToken = tokenOf(await send('refresh', `${BASE}/auth/token/refresh`, { agent, body }, 200));
      await send('sign-in', `${BASE}/auth/sign-in`, { agent, body: credentials(comesAndGoes) }, 200);
      await delay(PAUSE_MS);
    }
  }

  async function sister(agent: Agent | undefined): Promise<void> {
    const body = { subject: { type: 'User', id: '1' }, object: 'orders', action: 'read' };
    while (!over.signal.aborted) {
      await send('keys', '/jw-certs', { agent }, 200);
      await send('check', `${BASE}/internal/policies/check`, { agent, body, headers: account }, 200);
      await delay(PAUSE_MS);
    }
  }

  const ways = [kept, undefined];
  const all = ways.flatMap((agent) => Array.from({ length: EACH }, () => [people(agent), sister(agent)]).flat());
  return {
    report,
    stop: async () => {
      over.abort();
      await Promise.all(all);
      kept.destroy();
      return report;
    },
  };
}

function count(counts: Record<string, number>, what: string): void {
  counts[what] = (counts[what] ?? 0) + 1;
}

function tokenOf(answer: GatewayAnswer | undefined): string | undefined {
  return answer && (JSON.parse(answer.text) as { refreshToken: string }).refreshToken;
}
