import { randomBytes } from 'node:crypto';
import { type MailCatcher, type SmsGateway, startMailCatcher, startSmsGateway } from '@platform/testing';
import { onFreePort } from './ports.js';
import type { Running } from './stores.js';

const PARTNER = 'dev';

/** Where mails and SMS go that nobody should get. */
export interface StandIns {
  mail: MailCatcher;
  sms: SmsGateway;
  /** The gateway's account, new at every start: what is configured is set at every start too. */
  partner: { partnerCode: string; secretKey: string };
  running: Running;
}

/** Starts both in this process. */
export async function openStandIns(): Promise<StandIns> {
  const partner = { partnerCode: PARTNER, secretKey: randomBytes(18).toString('base64url') };
  const mail = await onFreePort('the page of the mail catcher', 8025, (port) =>
    onFreePort('the mail catcher', 1025, (smtpPort) => startMailCatcher({ port, smtpPort })),
  );
  const stopped = Promise.withResolvers<undefined>();
  try {
    const sms = await onFreePort('the page of the SMS gateway', 8026, (port) =>
      onFreePort('the SMS gateway', 8027, (sendPort) => startSmsGateway({ port, sendPort, ...partner })),
    );
    const stop = async () => {
      await Promise.all([mail.stop(), sms.stop()]);
      stopped.resolve(undefined);
    };
    const running = { name: 'Mail catcher and SMS gateway', exited: stopped.promise, stop, lastLines: () => '' };
    return { mail, sms, partner, running };
  } catch (error) {
    await mail.stop();
    throw error;
  }
}
