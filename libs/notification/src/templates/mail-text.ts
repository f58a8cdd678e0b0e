import type { Locale } from '../application/message-order.js';

/** One mail in one language; `{{…}}` names a value. */
interface MailText {
  /** Without the code: subjects are kept in logs of mail servers. */
  subject: string;
  heading: string;
  /** The first line of the plain text; where there is a code it is in this line and in no other. */
  opening: string;
  lines: string[];
}

/** A mail in its languages, and how its HTML looks: with a code to be read at a glance, or as a notice. */
export type MailTexts = { layout: 'code' | 'notice' } & Record<Locale, MailText>;
