import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AuditLog } from '@platform/audit';
import { Database, ID_GENERATOR } from '@platform/database';
import { type IdGenerator, systemClock } from '@platform/kernel';
import { Queues } from '@platform/queue';
import { poll } from '@platform/testing';
import { RetryFailedMessages } from '../application/delivery/retry-failed-messages.js';
import { SendMarkers } from '../application/delivery/send-markers.js';
import type { MessageOrder } from '../application/message-order.js';
import { type MailServer, startMailServer } from '../testing/mail-server.js';
import { startNotification } from '../testing/start-notification.js';
import { prepareStores, type Stores } from '../testing/stores.js';
import { BullFailedMessages } from './bull-failed-messages.js';
import { ForgetFailed } from './forget-failed.js';

const NOTHING = { retried: 0, codes: 0, gone: 0, sent: 0, inDoubt: 0, elsewhere: 0, younger: 0 };

let stores: Stores;
let mails: MailServer;
let service: Awaited<ReturnType<typeof startNotification>>;
let failed: BullFailedMessages;
let retry: RetryFailedMessages;

beforeEach(async () => {
  [stores, mails] = await Promise.all([prepareStores(), startMailServer()]);
  service = await startNotification({ ...stores.options, smtpPort: mails.port });
  const { app } = service;
  failed = new BullFailedMessages(app.get(Queues), systemClock);
  const audit = new AuditLog(app.get(Database), app.get<IdGenerator>(ID_GENERATOR));
  retry = new RetryFailedMessages(failed, app.get(SendMarkers), audit, systemClock);
});
afterEach(async () => {
  await service.app.close();
  await mails.stop();
  await stores.stop();
});

const notice = (id: string): MessageOrder => ({
  channel: 'mail',
  id,
  to: 'ana.secret@example.com',
  locale: 'vi',
  values: {},
  templates: { nobody: 'password-changed', active: 'password-changed', disabled: 'password-changed' },
});
const code = (id: string): MessageOrder => ({
  ...notice(id),
  channel: 'mail',
  values: { code: '736251', minutes: '10' },
  templates: { nobody: 'verify-email', active: 'verify-email', disabled: null },
  expiresAt: new Date(Date.now() + 600_000),
});

/** Ordered while the mail server refuses the recipient, which is for good. */
async function givenUp(...orders: MessageOrder[]): Promise<void> {
  mails.behaviour = { code: 550, at: 'RCPT TO' };
  for (const order of orders) {
    await service.queue.enqueue(order);
    await poll('the failure', 10, async () => (await failed.find('mail', order.id)) ?? undefined);
    await poll('its mark', 10, async () => (await stores.marker(order.id))?.['outcome'] === 'failed' || undefined);
  }
  mails.behaviour = 'accept';
}

describe('a message that was given up', () => {
  it('is listed with its reason, without address and code, and says whether it can be tried again', async () => {
    await givenUp(notice('notice'), code('code'));
    expect(await failed.recent('mail', 10)).toMatchObject([
      { id: 'code', template: 'verify-email', attempts: 1, isCode: true, isWhole: false },
      { id: 'notice', template: 'password-changed', reason: 'smtp 550 to RCPT TO', isCode: false, isWhole: true },
    ]);
    expect(await failed.standing('mail')).toMatchObject({
      state: 'running',
      waiting: 0,
      failed: 2,
      oldestSeconds: null,
    });
    const kept = await stores.dump();
    for (const secret of ['736251', 'ana.secret']) expect(kept).not.toContain(secret);
  });

  it('is sent once when it is tried again, however many do', async () => {
    await givenUp(notice('notice'));
    const all = await Promise.all(Array.from({ length: 8 }, () => retry.execute('mail', {})));
    expect(all.reduce((sum, { retried }) => sum + retried, 0)).toBe(1);
    await poll('the mail', 10, async () => (await stores.marker('notice'))?.['outcome'] === 'sent' || undefined);
    expect(mails.accepted).toHaveLength(1);
    const events = await stores.sql(`SELECT details FROM identity."AuditEvent" WHERE action = 'queue.retried'`);
    expect(events).toEqual([{ details: { queue: 'mail', retried: 1 } }]);
  });

  it('is not sent when it is a code, was sent before, or failed only just', async () => {
    await givenUp(notice('sent'), code('code'));
    await stores.sql(`UPDATE identity."NotificationSend" SET outcome = 'sent' WHERE job_id = 'sent'`);
    const progress: number[] = [];
    expect(await retry.execute('mail', { olderThanMs: 60_000 })).toEqual({ ...NOTHING, younger: 2 });
    expect(await retry.execute('mail', {}, (done, all) => progress.push(done / all))).toEqual({
      ...NOTHING,
      sent: 1,
      codes: 1,
    });
    expect(progress).toEqual([0.5, 1]);
    expect(mails.accepted).toHaveLength(0);
  });

  it('is looked for by its id, and told when there is none', async () => {
    await givenUp(notice('one'), notice('other'));
    expect(await retry.execute('mail', { id: 'one' })).toEqual({ ...NOTHING, retried: 1 });
    await poll('the mail', 10, async () => (await stores.marker('one'))?.['outcome'] === 'sent' || undefined);
    expect(await failed.ids('mail')).toEqual(['other']);
    await expect(retry.execute('mail', { id: 'one' })).rejects.toMatchObject({ code: 'queue.job-unknown' });
  });

  it('is none before it has failed, even while it fails', async () => {
    const queue = service.app.get(Queues).get('mail');
    const read = queue.getJob.bind(queue);
    await queue.pause();
    mails.behaviour = { code: 550, at: 'RCPT TO' };
    await service.queue.enqueue(notice('notice'));
    vi.spyOn(queue, 'getJob').mockImplementation(async (id) => {
      const job = await read(id);
      await queue.resume();
      await poll('the failure', 10, async () => (await queue.getJobState(id)) === 'failed' || undefined);
      return job;
    });
    expect(await failed.find('mail', 'notice')).toBeUndefined();
    await queue.resume();
  });

  it('is forgotten after a week, though no other fails', async () => {
    await givenUp(notice('old'), notice('younger'));
    const eightDaysAgo = Date.now() - 8 * 86_400_000;
    await stores.client.hset('bull:mail:old', 'finishedOn', eightDaysAgo);
    await stores.client.zadd('bull:mail:failed', 'XX', eightDaysAgo, 'old');
    await service.app.get(ForgetFailed).execute();
    expect(await failed.ids('mail')).toEqual(['younger']);
    expect(await stores.client.keys('bull:mail:old*')).toEqual([]);
  });
});
