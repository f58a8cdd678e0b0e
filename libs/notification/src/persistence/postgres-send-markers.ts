import { Injectable } from '@nestjs/common';
import { Database } from '@platform/database';
import { type SendEnd, SendMarkers, type SendStart } from '../application/delivery/send-markers.js';
import type { Channel } from '../application/message-order.js';

/** A job is forgotten long before. Each new mark clears some old ones away, so that nothing has to come round for it. */
const KEPT_DAYS = 30;
const CLEARED = 4;
/** One guarded statement decides who may call the provider; what it left alone can only come to an end meanwhile. */
const BEGIN = `WITH cleared AS (
    DELETE FROM identity."NotificationSend" WHERE job_id IN (
      SELECT job_id FROM identity."NotificationSend" WHERE started_at < now() - interval '${KEPT_DAYS} days' AND job_id <> $1
      ORDER BY started_at LIMIT ${CLEARED} FOR UPDATE SKIP LOCKED)
  )
  INSERT INTO identity."NotificationSend" AS mark (job_id, channel, template) VALUES ($1, $2, $3)
  ON CONFLICT (job_id) DO UPDATE SET template = EXCLUDED.template, outcome = NULL, provider = NULL,
    provider_message_id = NULL, started_at = now(), finished_at = NULL
  WHERE mark.outcome = 'retried' OR (mark.outcome IS NULL AND mark.channel = 'mail')
  RETURNING job_id`;
const OUTCOME = 'SELECT outcome FROM identity."NotificationSend" WHERE job_id = $1';
/** `unknown` gives way to what is known: a worker that was taken for dead may still tell how its call ended. */
const END = `UPDATE identity."NotificationSend"
  SET outcome = $2, provider = $3, provider_message_id = $4, finished_at = now()
  WHERE job_id = $1 AND (outcome IS NULL OR outcome = 'unknown')`;

@Injectable()
export class PostgresSendMarkers extends SendMarkers {
  constructor(private readonly database: Database) {
    super();
  }

  async begin(send: { id: string; channel: Channel; template: string }): Promise<SendStart> {
    const begun = await this.database.query(BEGIN, [send.id, send.channel, send.template]);
    if (begun.length > 0) return 'begun';
    const [mark] = await this.database.query<{ outcome: string | null }>(OUTCOME, [send.id]);
    return mark?.outcome ? 'over' : 'in-doubt';
  }

  async end(id: string, end: SendEnd, by?: { provider: string; providerMessageId?: string }): Promise<void> {
    await this.database.query(END, [id, end, by?.provider ?? null, by?.providerMessageId ?? null]);
  }
}
