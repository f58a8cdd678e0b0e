import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { type AuditEvent, AuditLog } from '@platform/audit';
import type { EndReason } from '../../domain/session/session.js';
import { SessionLiveness } from './session-liveness.js';

/** No statement of a sign-in that has begun takes longer: its deadline, and a little. */
const SETTLE_MS = 1500;

/** A place in the order in which sessions are walked. */
export interface SessionPlace {
  userId: string;
  id: string;
}

/** Everybody's sessions. Every method may throw DomainError `database.unavailable`. */
export abstract class EverySession {
  /** Now, as the database counts. */
  abstract now(): Promise<string>;

  /**
   * Ends the next live sessions that began by `until`, a bounded number of them.
   * @returns the ids of those that ended now, and where to go on; nowhere when there are no more
   */
  abstract endSome(
    reason: EndReason,
    until: string,
    after: SessionPlace | undefined,
  ): Promise<{ ended: string[]; next: SessionPlace | undefined }>;
}

/** Signs everybody out everywhere: what an operator does when the keys are lost. */
@Injectable()
export class EndEverySession {
  constructor(
    private readonly sessions: EverySession,
    private readonly liveness: SessionLiveness,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Ends every session that lives when this begins, in batches that each stand for themselves: after a failure what has
   * ended stays ended, and it may be run again. One audit event tells of the run.
   * @param onProgress how many have ended so far
   * @returns how many ended
   * @throws DomainError `database.unavailable`
   */
  async execute(actor: AuditEvent['actor'], onProgress: (ended: number) => void = () => undefined): Promise<number> {
    let total = 0;
    const tell = (outcome: AuditEvent['outcome']) =>
      this.audit.record({ action: 'session.every-ended', outcome, actor, details: { sessions: total } });
    try {
      for await (const ended of this.batches(await this.sessions.now())) {
        await this.liveness.markEnded(ended);
        total += ended.length;
        onProgress(total);
      }
    } catch (error) {
      await tell('failure').catch(() => undefined); // the database may be what failed
      throw error;
    }
    await tell('success');
    return total;
  }

  /**
   * Walks again until nothing is left, and nothing can come any more: a sign-in under way may commit behind the place that
   * the walk has reached, or after it.
   */
  private async *batches(until: string): AsyncGenerator<string[]> {
    const settledAt = performance.now() + SETTLE_MS;
    for (let isLast = false, found = true; found || !isLast;) {
      if (!found) await delay(Math.max(0, settledAt - performance.now()));
      isLast = performance.now() >= settledAt;
      found = false;
      let next: SessionPlace | undefined;
      do {
        const batch = await this.sessions.endSome('ended-by-operator', until, next);
        next = batch.next;
        if (batch.ended.length === 0) continue;
        found = true;
        yield batch.ended;
      } while (next);
    }
  }
}
