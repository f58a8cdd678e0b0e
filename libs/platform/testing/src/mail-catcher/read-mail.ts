import { simpleParser } from 'mailparser';
import type { Received } from '../stand-in/inbox.js';

/** A mail as one of its recipients got it. */
export interface CaughtMail extends Received {
  from: string;
  subject: string;
  /** Empty when the mail has none. */
  html: string;
  messageId: string;
}

/** One mail for each recipient of the envelope, which is who gets it; the headers may name others. */
export async function readMail(source: Buffer, recipients: string[]): Promise<CaughtMail[]> {
  const mail = await simpleParser(source);
  const common = {
    from: mail.from?.text ?? '',
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html || '',
    messageId: mail.messageId ?? '',
    receivedAt: new Date(),
    raw: source.toString('utf8'),
  };
  return recipients.map((to) => ({ to, ...common }));
}
