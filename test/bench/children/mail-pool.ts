import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import nodemailer from 'nodemailer';
import { ROOT } from '../support/root.ts';
import { freshAddress } from './fresh-identifiers.ts';

type Compose = (template: string, locale: string, values: object) => { subject: string; text: string; html: string };

// The service's own words, out of what it was built to, written once: composing them is not the pool's work.
const COMPOSE_MAIL = 'dist/apps/worker/libs/notification/src/application/compose/compose-mail.js';
const { composeMail } = (await import(join(ROOT, COMPOSE_MAIL))) as { composeMail: Compose };
const mail = composeMail('verify-email', 'vi', { code: '012345', minutes: '10', brand: 'NX Seller' });

/** nodemailer's pool with the worker's options. */
export function openPool(port: number, from: string): { send(): Promise<unknown>; close(): void } {
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
  return {
    send: () =>
      pool.sendMail({
        ...mail,
        from,
        to: { name: '', address: freshAddress() },
        messageId: `<code-${randomBytes(32).toString('hex')}@seller.example>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
      }),
    close: () => pool.close(),
  };
}
