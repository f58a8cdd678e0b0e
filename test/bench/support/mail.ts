import type { Child } from './child.ts';
import type { Stage } from './stage.ts';

export const FROM = 'NX Seller <no-reply@seller.example>';

/** Starts a mail server that takes everything, and has the service send there. */
export async function startSink(stage: Stage): Promise<{ sink: Child; port: number }> {
  const sink = stage.startChild('smtp-sink.ts');
  const port = await stage.freePort();
  await sink.ask({ do: 'listen', port });
  await configureMail(stage, port);
  return { sink, port };
}

/** Has the service send mails to a server of ours at this port. */
export async function configureMail(stage: Stage, port: number): Promise<void> {
  const settings = { host: '127.0.0.1', port, tls: 'none', from: FROM };
  await stage.identity('configuration', 'set', 'identity.mail.smtp', JSON.stringify(settings));
}
