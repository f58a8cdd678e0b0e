import { Transform } from 'node:stream';
import nodemailer from 'nodemailer';
import type { Mail } from '../../application/mail/mail-sender.js';
import type { SmtpSettings } from '../../application/mail/smtp-settings.js';

/** Each step is bounded by itself, and a mail as a whole: together well below the 30 s lock of its job. */
const CONNECT_MS = 5000;
const IDLE_MS = 10_000;
const MAIL_MS = 15_000;
/** A relay closes connections that carry on for ever; a new one costs a TLS handshake. */
const MAILS_PER_CONNECTION = 500;

/** A pool of connections to one mail server under one set of settings. */
export class SmtpTransport {
  private readonly pool;
  private readonly domain: string;

  constructor(private readonly settings: SmtpSettings) {
    const { host, port, tls, user, password = '', maxConnections, from } = settings;
    this.domain = from.slice(from.lastIndexOf('@') + 1).replace(/>$/, '');
    this.pool = nodemailer.createTransport({
      pool: true,
      host,
      port,
      secure: tls === 'implicit',
      requireTLS: tls === 'starttls',
      ignoreTLS: tls === 'none',
      tls: { minVersion: 'TLSv1.2' },
      ...(user !== undefined && { auth: { user, pass: password } }),
      maxConnections,
      maxMessages: MAILS_PER_CONNECTION,
      connectionTimeout: CONNECT_MS,
      greetingTimeout: CONNECT_MS,
      dnsTimeout: CONNECT_MS,
      socketTimeout: IDLE_MS,
      // Nothing in a mail of ours is a path or an address to be fetched.
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    this.pool.use('stream', ({ message }, done) => {
      message.transform(inOnePiece);
      done();
    });
  }

  /** @throws Error with `responseCode`, `command` and `code` where there are some */
  async send({ id, to, subject, text, html }: Mail): Promise<string> {
    const messageId = `<${id}@${this.domain}>`;
    // `AbortSignal.timeout` would live on for the whole time after each mail: 15,000 of them at a thousand a second.
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), MAIL_MS);
    try {
      await this.pool.sendMail({
        from: this.settings.from,
        to: { name: '', address: to }, // an object is one address, whatever its text looks like
        subject,
        text,
        html,
        messageId,
        // Said rather than found out by counting the letters of each part.
        textEncoding: 'quoted-printable',
        // RFC 3834: out-of-office answers to a code help nobody.
        headers: { 'Auto-Submitted': 'auto-generated' },
        // Takes the mail out of the pool's queue too, so that what is tried again later is not also sent then.
        signal: deadline.signal,
      });
    } finally {
      clearTimeout(timer);
    }
    return messageId;
  }

  /** Mails that are being sent are finished. */
  close(): void {
    this.pool.close();
  }
}

/** nodemailer passes a mail on in the ten pieces that it makes it of, and each would be a write and a packet of its own. */
function inOnePiece(): Transform {
  const pieces: Buffer[] = [];
  return new Transform({
    transform(piece: Buffer, _encoding, done) {
      pieces.push(piece);
      done();
    },
    flush(done) {
      done(null, Buffer.concat(pieces));
    },
  });
}
