import type { Locale, MailTemplate, SmsTemplate, TemplateByOwner } from '../message-order.js';

interface Queued {
  /** Of the order and of its job. */
  id: string;
  locale: Locale;
  /** Of the request that caused it. */
  requestId?: string;
  expiresAt?: Date;
  orderedAt: Date;
  sealed: string;
  /** Whether there will be no other attempt after this one. */
  lastAttempt: boolean;
}

/** A message as it comes out of the queue. */
export type QueuedMessage =
  | (Queued & { channel: 'mail'; templates: TemplateByOwner<MailTemplate> })
  | (Queued & { channel: 'sms'; templates: TemplateByOwner<SmsTemplate> });

/** A message with its template chosen and its content opened. */
export interface AddressedMessage {
  id: string;
  locale: Locale;
  template: MailTemplate | SmsTemplate;
  to: string;
  values: Record<string, string>;
}

/** What a delivery came to, in the words of `identity_messages_total`. `repeated` was dealt with by an earlier job. */
export type Delivery =
  | { outcome: 'sent' | 'skipped' | 'expired' | 'repeated' }
  | { outcome: 'unknown' | 'retried' | 'failed'; reason: string };
