import { z } from 'zod';
import type { QueuedMessage } from '../application/delivery/message.js';
import { LOCALES, MAIL_TEMPLATES, type MessageOrder, SMS_TEMPLATES } from '../application/message-order.js';

/** Queues by channel; BullMQ keeps them below `bull:mail:` and `bull:sms:`. */
export const QUEUE_OF = { mail: 'mail', sms: 'sms' } as const;

const byOwner = <const Template extends string>(templates: readonly Template[]) => {
  const template = z.enum(templates).nullable();
  return z.strictObject({ nobody: template, active: template, disabled: template });
};
const common = {
  v: z.literal(1),
  locale: z.enum(LOCALES),
  requestId: z.string().max(200).optional(),
  expiresAt: z.iso.datetime().optional(),
  /** Address and values, sealed for this job. Absent from a failed code: it is dead when anybody looks at it. */
  sealed: z.string().max(16_384),
};

/** What a job holds; version 1. A worker of the version before must understand it, or leave it alone. */
export const jobSchema = z.discriminatedUnion('channel', [
  z.strictObject({ ...common, channel: z.literal('mail'), templates: byOwner(MAIL_TEMPLATES) }),
  z.strictObject({ ...common, channel: z.literal('sms'), templates: byOwner(SMS_TEMPLATES) }),
]);
export type MessageJob = z.infer<typeof jobSchema>;

/** What is looked at of a failed job: any version of one, and one that was given up because of its form. */
export const failedJobSchema = z.object({
  templates: z.object({
    nobody: z.string().nullable(),
    active: z.string().nullable(),
    disabled: z.string().nullable(),
  }),
  expiresAt: z.string().optional(),
  sealed: z.string().optional(),
});

export function toJob(order: MessageOrder, sealed: string, requestId: string | undefined): MessageJob {
  const { channel, templates, locale, expiresAt } = order;
  return {
    v: 1,
    channel,
    templates,
    locale,
    sealed,
    ...(requestId !== undefined && { requestId: requestId.slice(0, 200) }),
    ...(expiresAt && { expiresAt: expiresAt.toISOString() }),
  } as MessageJob;
}

/** What may be seen of a job's data by who looks at the queues: what is not named here is not. */
export function shownJobData(data: unknown): Record<string, unknown> {
  const known = (data ?? {}) as Partial<MessageJob>;
  const { v, channel, templates, locale, requestId, expiresAt } = known;
  return { v, channel, templates, locale, requestId, expiresAt, content: known.sealed ? 'sealed' : 'forgotten' };
}

/** A job as BullMQ hands it out, as far as it matters here. */
export interface RawJob {
  id?: string;
  data: unknown;
  timestamp: number;
  attemptsMade: number;
  opts: { attempts?: number };
}

/** @returns undefined for a job of the wrong form */
export function toMessage(job: RawJob): QueuedMessage | undefined {
  const parsed = jobSchema.safeParse(job.data);
  if (!parsed.success || job.id === undefined) return undefined;
  const { v: _version, expiresAt, ...message } = parsed.data;
  return {
    ...message,
    id: job.id,
    orderedAt: new Date(job.timestamp),
    lastAttempt: job.attemptsMade + 1 >= (job.opts.attempts ?? 1),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt) }),
  };
}
