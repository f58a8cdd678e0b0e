import { once } from 'node:events';
import { createServer } from 'node:http';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

const CODE = /\b\d{6}\b/;
/** A code that takes longer is lost; the queue's own alert waits as long. */
const PATIENCE_MS = 60_000;

const arrived = new Map<string, string>();
const awaited = new Map<string, (code: string) => void>();

/** Starts a mail server and an SMS gateway that take everything and keep of each message its code, if it has one. */
export async function openInboxes(ports: { mail: number; sms: number }): Promise<void> {
  const mail = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    onData(stream, session, done) {
      simpleParser(stream, (error: unknown, received) => {
        for (const { address } of session.envelope.rcptTo) deliver(address, error ? '' : (received.text ?? ''));
        done(error instanceof Error ? error : null);
      });
    },
  });
  mail.on('error', () => undefined); // a client that is ended
  const sms = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { to, text } = JSON.parse(Buffer.concat(chunks).toString()) as { to: string; text: string };
      deliver(to, text);
      response.setHeader('Content-Type', 'application/json').end('{"code":"00"}');
    });
  });
  await Promise.all([
    new Promise<void>((resolve) => mail.listen(ports.mail, '127.0.0.1', resolve)),
    once(sms.listen(ports.sms, '127.0.0.1'), 'listening'),
  ]);
}

/** The next code to an address or a number. @throws Error when none comes within a minute */
export async function codeFor(to: string): Promise<string> {
  const early = arrived.get(to);
  arrived.delete(to);
  if (early !== undefined) return early;
  return await new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      awaited.delete(to);
      reject(new Error('no code within a minute'));
    }, PATIENCE_MS);
    awaited.set(to, (code) => {
      clearTimeout(timer);
      resolve(code);
    });
  });
}

function deliver(to: string, text: string): void {
  const code = CODE.exec(text)?.[0];
  if (code === undefined) return;
  const take = awaited.get(to);
  awaited.delete(to);
  if (take) take(code);
  else arrived.set(to, code);
}
