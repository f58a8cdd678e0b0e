import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

/** How the server answers a mail: a code refuses it, `hang` never answers its text. */
type Behaviour = 'accept' | 'hang' | { code: number; at: 'RCPT TO' | 'DATA' };

export interface MailServer {
  port: number;
  /** All texts that arrived, answered or not. */
  arrived: ParsedMail[];
  /** What was accepted. */
  accepted: ParsedMail[];
  behaviour: Behaviour;
  /** Accepts what hangs. */
  release(): void;
  stop(): Promise<void>;
}

/** A real SMTP server on loopback. */
export async function startMailServer(port = 0): Promise<MailServer> {
  const hanging: (() => void)[] = [];
  const refusal = (at: 'RCPT TO' | 'DATA') => {
    const { behaviour } = mails;
    if (typeof behaviour === 'string' || behaviour.at !== at) return undefined;
    return Object.assign(new Error('refused for user@secret.example'), { responseCode: behaviour.code });
  };
  const receive = async (stream: Readable, done: (error?: Error) => void) => {
    const mail = await simpleParser(stream);
    mails.arrived.push(mail);
    const refused = refusal('DATA');
    const answer = () => {
      if (!refused) mails.accepted.push(mail);
      done(refused);
    };
    if (mails.behaviour === 'hang') hanging.push(answer);
    else answer();
  };
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    onRcptTo: (_address, _session, done) => done(refusal('RCPT TO')),
    onData: (stream, _session, done) => void receive(stream, done),
  });
  server.on('error', () => undefined); // clients that are killed
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const mails: MailServer = {
    port: (server.server.address() as AddressInfo).port,
    arrived: [],
    accepted: [],
    behaviour: 'accept',
    release: () => hanging.splice(0).forEach((answer) => answer()),
    stop: async () => {
      for (const connection of server.connections) (connection as { close(): void }).close();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return mails;
}
