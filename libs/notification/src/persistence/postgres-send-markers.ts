import { Inject, Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { CLOCK } from '@platform/config';
import { Database } from '@platform/database';
import type { Clock } from '@platform/kernel';
import { Gathered } from '../application/gathered.js';
import { type SendEnd, SendMarkers, type SendStart } from '../application/delivery/send-markers.js';
import type { Channel } from '../application/message-order.js';

/** A job is forgotten long before. Each new mark clears some old ones away, so that nothing has to come round for it. */
const KEPT_DAYS = 30;
const CLEARED = 4;
/** Jobs in hand are far fewer; those that never came back are forgotten. */
const UNANSWERED = 1000;
/**
 * One guarded statement decides who may call the provider; what it left alone can only come to an end meanwhile. In order
 * of the ids, so that two workers with the same ones do not wait for each other.
 */
const BEGIN = `WITH cleared AS (
    DELETE FROM identity."NotificationSend" WHERE job_id IN (
      SELECT job_id FROM identity."NotificationSend"
      WHERE started_at < now() - interval '${KEPT_DAYS} days' AND job_id <> ALL ($1::text[])
      ORDER BY started_at LIMIT ${CLEARED} * cardinality($1::text[]) FOR UPDATE SKIP LOCKED)
  )
  INSERT INTO identity."NotificationSend" AS mark (job_id, channel, template, started_at)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) send (job_id, channel, template, started_at)
  ORDER BY send.job_id
  ON CONFLICT (job_id) DO UPDATE SET template = EXCLUDED.template, outcome = NULL, provider = NULL,
    provider_message_id = NULL, started_at = EXCLUDED.started_at, finished_at = NULL
  WHERE mark.outcome = 'retried' OR (mark.outcome IS NULL AND (mark.channel = 'mail'
    OR (mark.job_id = ANY ($5::text[]) AND mark.started_at = EXCLUDED.started_at)))
  RETURNING job_id`;
const OUTCOMES = 'SELECT job_id, outcome FROM identity."NotificationSend" WHERE job_id = ANY ($1::text[])';
/** `unknown` gives way to what is known: a worker that was taken for dead may still tell how its call ended. */
const END = `UPDATE identity."NotificationSend" mark
  SET outcome = send.outcome, provider = send.provider, provider_message_id = send.provider_message_id, finished_at = now()
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) send (job_id, outcome, provider, provider_message_id)
  WHERE mark.job_id = send.job_id AND (mark.outcome IS NULL OR mark.outcome = 'unknown')`;

/** What the mark was before: the SELECT sees what the UPDATE found. */
const REOPEN = `WITH reopened AS (
    UPDATE identity."NotificationSend" SET outcome = 'retried' WHERE job_id = $1::text AND outcome = 'failed'
  )
  SELECT outcome, channel FROM identity."NotificationSend" WHERE job_id = $1::text`;

interface Beginning {
  id: string;
  channel: Channel;
  template: string;
  startedAt: Date;
  /** Said before, at that time, to a database that did not answer: a mark of that time is its own, and nothing was sent. */
  isAgain: boolean;
}

interface Ending {
  id: string;
  end: SendEnd;
  by?: { provider: string; providerMessageId?: string };
}

/** Two statements for each message were a tenth of a worker's time and two flushes of PostgreSQL's log: many share them. */
@Injectable()
export class PostgresSendMarkers extends SendMarkers {
  private readonly beginnings = new Gathered<Beginning, SendStart>(
    ({ id }) => id,
    (sends) => this.beginAll(sends),
  );
  private readonly endings = new Gathered<Ending, void>(
    ({ id }) => id,
    (ends) => this.endAll(ends),
  );

  /** When those began that the database did not answer for. */
  private readonly unanswered = new LRUCache<string, Date>({ max: UNANSWERED });

  constructor(
    private readonly database: Database,
    @Inject(CLOCK) private readonly clock: Pick<Clock, 'now'>,
  ) {
    super();
  }

  async begin(send: Pick<Beginning, 'id' | 'channel' | 'template'>): Promise<SendStart> {
    const before = this.unanswered.get(send.id);
    this.unanswered.delete(send.id); // one caller alone may say that it is his
    const startedAt = before ?? this.clock.now();
    try {
      return await this.beginnings.get({ ...send, startedAt, isAgain: before !== undefined });
    } catch (error) {
      this.unanswered.set(send.id, startedAt);
      throw error;
    }
  }

  async reopen(id: string): Promise<'open' | 'in-doubt' | 'over'> {
    const [mark] = await this.database.query<{ outcome: string | null; channel: Channel }>(REOPEN, [id]);
    if (!mark || mark.outcome === 'failed' || mark.outcome === 'retried') return 'open';
    if (mark.outcome === 'sent') return 'over';
    // A mail whose end nobody knows may go out once more: under the same Message-ID.
    return mark.outcome === null && mark.channel === 'mail' ? 'open' : 'in-doubt';
  }

  async end(id: string, end: SendEnd, by?: Ending['by']): Promise<void> {
    await this.endings.get({ id, end, by });
  }

  private async beginAll(sends: Beginning[]): Promise<SendStart[]> {
    const ids = sends.map(({ id }) => id);
    const channels = sends.map(({ channel }) => channel);
    const templates = sends.map(({ template }) => template);
    const times = sends.map(({ startedAt }) => startedAt.toISOString());
    const again = sends.flatMap(({ id, isAgain }) => (isAgain ? [id] : []));
    const rows = await this.database.query<{ job_id: string }>(BEGIN, [ids, channels, templates, times, again]);
    const begun = new Set(rows.map(({ job_id }) => job_id));
    const others = ids.filter((id) => !begun.has(id));
    const outcomes = await this.outcomes(others);
    return ids.map((id) => (begun.has(id) ? 'begun' : outcomes.get(id) ? 'over' : 'in-doubt'));
  }

  private async outcomes(ids: string[]): Promise<Map<string, string | null>> {
    if (ids.length === 0) return new Map();
    const marks = await this.database.query<{ job_id: string; outcome: string | null }>(OUTCOMES, [ids]);
    return new Map(marks.map(({ job_id, outcome }) => [job_id, outcome]));
  }

  private async endAll(ends: Ending[]): Promise<void[]> {
    await this.database.query(END, [
      ends.map(({ id }) => id),
      ends.map(({ end }) => end),
      ends.map(({ by }) => by?.provider ?? null),
      ends.map(({ by }) => by?.providerMessageId ?? null),
    ]);
    return ends.map(() => undefined);
  }
}
