import type { Clock } from '../clock.js';
import { ServiceUnavailableError } from '../errors.js';
import { tell } from '../hooks.js';
import { basicAuthorization, httpUrl, type ServiceAccountOptions } from '../transport/account.js';
import { type Fetch, readJson, request } from '../transport/request.js';
import { pause } from '../transport/wait.js';

/** Before the second attempt: a replica that was just replaced is out of the rotation by then. */
const RETRY_MS = { least: 20, more: 60 };

/** One question to the service. */
export interface PolicyCallEvent {
  call: 'check' | 'check-batch' | 'permissions';
  outcome: 'ok' | 'error';
  attempts: number;
  milliseconds: number;
  error?: unknown;
}

export interface Surroundings {
  fetch: Fetch;
  clock: Clock;
  random: () => number;
  onCall: ((event: PolicyCallEvent) => unknown) | undefined;
}

interface Question<Answer> {
  call: PolicyCallEvent['call'];
  /** Behind `/internal/policies/`. */
  path: string;
  body?: unknown;
  maxBytes: number;
  /** @returns nothing for an answer that the service never gives */
  read: (body: unknown) => Answer | undefined;
}

/** `/internal/policies`: one question, at most two attempts, one deadline for both. */
export class PolicyTransport {
  private readonly url: string;
  private readonly authorization: string;

  constructor(
    account: ServiceAccountOptions,
    private readonly timeoutMs: number,
    private readonly surroundings: Surroundings,
  ) {
    this.url = `${httpUrl(account.baseUrl, 'baseUrl')}/internal/policies/`;
    this.authorization = basicAuthorization(account);
  }

  /** @throws ServiceUnavailableError, UnauthorizedError, RequestRefusedError, or the signal's reason */
  async ask<Answer>(question: Question<Answer>, signal: AbortSignal | undefined): Promise<Answer> {
    signal?.throwIfAborted();
    const { clock, onCall } = this.surroundings;
    const began = clock.monotonic();
    const deadline = AbortSignal.timeout(this.timeoutMs);
    const both = signal ? AbortSignal.any([deadline, signal]) : deadline;
    let attempts = 0;
    const finish = (event: Pick<PolicyCallEvent, 'outcome' | 'error'>) =>
      tell(onCall, { call: question.call, attempts, milliseconds: clock.monotonic() - began, ...event });
    for (;;) {
      attempts += 1;
      try {
        const answer = await this.attempt(question, both);
        finish({ outcome: 'ok' });
        return answer;
      } catch (error) {
        if (attempts === 1 && (await this.mayAskAgain(error, both))) continue;
        finish({ outcome: 'error', error });
        signal?.throwIfAborted();
        throw error;
      }
    }
  }

  private async attempt<Answer>(
    { path, body, maxBytes, read }: Question<Answer>,
    signal: AbortSignal,
  ): Promise<Answer> {
    const { authorization } = this;
    const sent = body === undefined ? {} : { method: 'POST' as const, body: JSON.stringify(body) };
    const headers: Record<string, string> = { accept: 'application/json', authorization };
    if (body !== undefined) headers['content-type'] = 'application/json';
    const response = await request(this.url + path, { fetch: this.surroundings.fetch, headers, signal, ...sent });
    const answer = read(await readJson(response, maxBytes));
    if (answer === undefined) throw new ServiceUnavailableError('The answer is none that the identity service gives.');
    return answer;
  }

  /** Questions change nothing, so all of them may be asked twice; but only what may be gone in a moment is. */
  private async mayAskAgain(error: unknown, deadline: AbortSignal): Promise<boolean> {
    if (!(error instanceof ServiceUnavailableError) || !error.isPassing) return false;
    return await pause(RETRY_MS.least + RETRY_MS.more * this.surroundings.random(), deadline);
  }
}
