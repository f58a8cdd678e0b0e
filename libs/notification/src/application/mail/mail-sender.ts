/** A mail as the server gets it. */
export interface Mail {
  /** Of its job: the Message-ID is made of it, so that a repeated mail can be recognised as one. */
  id: string;
  /** A canonical e-mail address. */
  to: string;
  subject: string;
  text: string;
  html: string;
}

/**
 * How a mail server answered. `transient` may be tried again, `permanent` never helps. There is no `unknown`: a mail
 * that may have been sent is sent again, under the same Message-ID.
 */
export type MailOutcome =
  | { kind: 'accepted'; provider: string; providerMessageId?: string }
  | { kind: 'transient' | 'permanent'; provider: string; reason: string };

/** Sends through the configured mail server. */
export abstract class MailSender {
  /** @throws DomainError `notification.not-configured` when there is no usable server; `database.unavailable` */
  abstract send(mail: Mail): Promise<MailOutcome>;
}
