import type { Server } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { SMTPServer, type SMTPServerDataStream } from 'smtp-server';
import type { Conduct } from '../stand-in/stand-in.js';
import type { Inbox } from '../stand-in/inbox.js';
import { type CaughtMail, readMail } from './read-mail.js';

const LARGEST_MAIL = 1_048_576;
const DEFAULT_CODE = 550;
/** A silent connection must outlast its client's patience, not end by ours. */
const IDLE_MS = 3_600_000;

type Done = (error?: Error | null) => void;

/** A mail server that keeps what it is sent. Any credentials will do; it offers no TLS. */
export function smtpServer(inbox: Inbox<CaughtMail>, conduct: Conduct<number>): Server {
  /** In a time-out nobody is greeted, and on a connection that was open before no recipient is answered. */
  const unlessSilent = (done: Done, error?: Error | null) => {
    if (conduct.current.mode !== 'timeout') done(error);
  };
  const smtp = new SMTPServer({
    logger: false,
    size: LARGEST_MAIL,
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    socketTimeout: IDLE_MS,
    onAuth: (_credentials, _session, done) => done(null, { user: 'anyone' }),
    onConnect: (_session, done) => unlessSilent(done),
    onRcptTo: (_address, _session, done) =>
      void (async () => {
        unlessSilent(done, await refusalOf(conduct));
      })(),
    onData: (stream, { envelope }, done) =>
      void (async () => {
        const recipients = envelope.rcptTo.map(({ address }) => address);
        unlessSilent(done, await keep(stream, recipients, inbox, conduct));
      })(),
  });
  smtp.on('error', () => undefined); // a client that went away in the middle
  return smtp.server;
}

/** The refusal of the moment, or nothing. */
async function refusalOf(conduct: Conduct<number>): Promise<Error | undefined> {
  const { mode, code = DEFAULT_CODE } = conduct.current;
  if (mode !== 'reject') return undefined;
  await conduct.pause();
  return refusal(code, 'Refused, as this mail catcher was told to');
}

/** @returns why it was not kept, or nothing */
async function keep(
  stream: SMTPServerDataStream,
  recipients: string[],
  inbox: Inbox<CaughtMail>,
  conduct: Conduct<number>,
): Promise<Error | undefined> {
  try {
    const source = await buffer(stream);
    if (stream.sizeExceeded) return refusal(552, 'The mail is too large');
    if (conduct.current.mode === 'timeout') return undefined;
    for (const mail of await readMail(source, recipients)) inbox.add(mail);
    await conduct.pause();
    return undefined;
  } catch (error) {
    return refusal(451, `The mail cannot be read: ${String(error)}`);
  }
}

function refusal(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
