import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import nodemailer from 'nodemailer';
import { ROOT } from '../support/root.ts';
import { answerParent } from './answer-parent.ts';
import { countPerSecond } from './count.ts';
import { freshAddress } from './fresh-identifiers.ts';

interface Order {
  port: number;
  from: string;
  inFlight: number;
  seconds: number;
}

type Compose = (template: string, locale: string, values: object) => { subject: string; text: string; html: string };

// The service's own words, out of what it was built to, written once: composing them is not the pool's work.
const COMPOSE_MAIL = 'dist/apps/worker/libs/notification/src/application/compose/compose-mail.js';
const { composeMail } = (await import(join(ROOT, COMPOSE_MAIL))) as { composeMail: Compose };
const mail = composeMail('verify-email', 'vi', { code: '012345', minutes: '10', brand: 'NX Seller' });

/** Sends the worker's mails through nodemailer's pool with the worker's options, and does nothing else. */
answerParent(async ({ port, from, inFlight, seconds }: Order) => {
  const pool = nodemailer.createTransport({
    pool: true,
    host: '127.0.0.1',
    port,
    ignoreTLS: true,
    maxConnections: 10,
    maxMessages: 500,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  try {
    return await countPerSecond(inFlight, seconds, () =>
      pool.sendMail({
        ...mail,
        from,
        to: { name: '', address: freshAddress() },
        messageId: `<code-${randomBytes(32).toString('hex')}@seller.example>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
      }),
    );
  } finally {
    pool.close();
  }
});
