/** How a message travels. */
export type Channel = 'mail' | 'sms';

/** Messages by mail, and by SMS; each is a file of `templates/`. */
export const MAIL_TEMPLATES = [
  'verify-email',
  'account-exists',
  'forgot-password',
  'password-changed',
  'password-reset-requested',
  'identifier-added',
  'identifier-removed',
] as const;
export const SMS_TEMPLATES = ['phone-auth', 'forgot-password'] as const;
export const LOCALES = ['vi', 'en'] as const;
/** Language of a message. */
export type Locale = (typeof LOCALES)[number];
export type MailTemplate = (typeof MAIL_TEMPLATES)[number];
export type SmsTemplate = (typeof SMS_TEMPLATES)[number];

/**
 * Which message an address gets, by whose it is: the request path does not look that up, so that its time tells
 * nothing; the worker does. `null` sends nothing.
 */
export interface TemplateByOwner<Template> {
  nobody: Template | null;
  active: Template | null;
  disabled: Template | null;
}

interface Order {
  /** Stable: the same message ordered twice is sent once. Letters, digits and `-`, not digits alone. */
  id: string;
  locale: Locale;
  /** What the template fills in, such as `code`. Sealed on its way: the queue never holds it in clear. */
  values: Record<string, string>;
  /** Once past, the message is dropped instead of sent late. */
  expiresAt?: Date;
}

/** A mail to be sent: `to` is a canonical e-mail address. */
interface MailOrder extends Order {
  channel: 'mail';
  to: string;
  templates: TemplateByOwner<MailTemplate>;
}

/** An SMS to be sent: `to` is a number in E.164. */
interface SmsOrder extends Order {
  channel: 'sms';
  to: string;
  templates: TemplateByOwner<SmsTemplate>;
}

export type MessageOrder = MailOrder | SmsOrder;

/** The way from a request to the worker. */
export abstract class MessageQueue {
  /**
   * Hands a message to the worker; to be called after the commit of what it tells of. Gives up within a second.
   * @throws DomainError `notification.unavailable`; the order may have arrived all the same
   */
  abstract enqueue(order: MessageOrder): Promise<void>;
}
