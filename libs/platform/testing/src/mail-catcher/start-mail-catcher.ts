import { z } from 'zod';
import { behaviourSchema } from '../stand-in/behaviour.js';
import { Inbox } from '../stand-in/inbox.js';
import { Conduct, type StandIn, startStandIn } from '../stand-in/stand-in.js';
import { mailPage } from './mail-page.js';
import type { CaughtMail } from './read-mail.js';
import { smtpServer } from './smtp.js';

export interface MailCatcherOptions {
  /** Any free port when absent, as the page's. */
  smtpPort?: number;
  port?: number;
  host?: string;
}

/** `code` is an SMTP status, 550 by default, and the answer to each recipient. */
export interface MailCatcher extends Omit<StandIn<CaughtMail, number>, 'wirePort'> {
  smtpPort: number;
  smtpUrl: string;
}

/** SMTP: 4xx asks to try again, 5xx is final. */
const code = z.int().min(400).max(599);

/**
 * Starts a mail server that keeps mails instead of delivering them, with a page to read them.
 * @throws Error when a port is taken
 */
export async function startMailCatcher(options: MailCatcherOptions = {}): Promise<MailCatcher> {
  const { smtpPort, port, host = '127.0.0.1' } = options;
  const inbox = new Inbox<CaughtMail>((to) => to.toLowerCase());
  const conduct = new Conduct(behaviourSchema(code));
  const { wirePort, ...standIn } = await startStandIn(
    { host, port, wirePort: smtpPort },
    {
      inbox,
      conduct,
      wire: smtpServer(inbox, conduct),
      page: (query) => mailPage(inbox, conduct.current, query),
    },
  );
  return { ...standIn, smtpPort: wirePort, smtpUrl: `smtp://${host}:${wirePort}` };
}
