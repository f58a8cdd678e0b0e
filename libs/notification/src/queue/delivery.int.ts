import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freePort, poll } from '@platform/testing';
import { Queues } from '@platform/queue';
import { renderMetrics, runInRequestContext } from '@platform/telemetry';
import type { MailTemplate, MessageOrder, SmsTemplate } from '../application/message-order.js';
import { type MailServer, startMailServer } from '../testing/mail-server.js';
import { startSmsGateway, type SmsGateway } from '../testing/sms-gateway.js';
import { BullSendingPace } from './bull-sending-pace.js';
import { smtpRow, startNotification } from '../testing/start-notification.js';
import { prepareStores, type Stores } from '../testing/stores.js';

let stores: Stores;
let mails: MailServer;
let gateway: SmsGateway;
let service: Awaited<ReturnType<typeof startNotification>>;
let number = 0;

beforeAll(async () => {
  const port = await freePort(); // where it starts again: nobody else is given it meanwhile
  [stores, mails, gateway] = await Promise.all([prepareStores(), startMailServer(port), startSmsGateway()]);
  service = await startNotification({ ...stores.options, smtpPort: mails.port, smsUrl: gateway.url });
});

afterAll(async () => {
  await service.app.close();
  await Promise.all([mails.stop(), gateway.stop()]);
  await stores.stop();
});

beforeEach(() => {
  mails.behaviour = 'accept';
  gateway.status = 200;
  for (const list of [mails.arrived, mails.accepted, gateway.received]) list.length = 0;
});

function mail(
  template: MailTemplate,
  values: Record<string, string> = { code: '482913', minutes: '10' },
): MessageOrder {
  return {
    channel: 'mail',
    id: `mail-${(number += 1)}`,
    to: `ana${number}@example.com`,
    locale: 'en',
    values,
    templates: { nobody: template, active: template, disabled: template },
  };
}

function sms(template: SmsTemplate = 'phone-auth'): MessageOrder {
  number += 1;
  return {
    channel: 'sms',
    id: `sms-${number}`,
    to: `+8490123${String(number).padStart(4, '0')}`,
    locale: 'vi',
    values: { code: '482913', minutes: '5' },
    templates: { nobody: template, active: template, disabled: null },
  };
}

async function expectEnd(id: string, outcome: string) {
  return await poll(`The outcome ${outcome} of ${id}`, 10, async () => {
    const marker = await stores.marker(id);
    return marker?.['outcome'] === outcome ? marker : undefined;
  });
}

async function metric(series: string): Promise<number> {
  const line = (await renderMetrics()).split('\n').find((each) => each.startsWith(`${series} `));
  return Number(line?.split(' ').at(-1) ?? Number.NaN);
}

describe('an ordered mail', () => {
  it('arrives with its code in the first line, as text and HTML, under a Message-ID of its job', async () => {
    const order = mail('verify-email');
    await service.queue.enqueue(order);
    const marker = await expectEnd(order.id, 'sent');
    const [arrived] = mails.accepted;
    expect(arrived?.text?.split('\n', 1)[0]).toBe('482913 is your NX Seller email verification code.');
    expect(arrived).toMatchObject({
      subject: 'Your NX Seller verification code',
      messageId: `<${order.id}@seller.example>`,
      to: { text: order.to },
      from: { text: '"NX Seller" <no-reply@seller.example>' },
    });
    expect(arrived?.html).toContain('482913');
    expect(marker).toMatchObject({
      channel: 'mail',
      template: 'verify-email',
      provider: 'smtp',
      provider_message_id: `<${order.id}@seller.example>`,
    });
    await poll('its end', 10, async () => (await stores.client.exists(`bull:mail:${order.id}`)) === 0 || undefined);
  });

  it('goes to its owner in the words that fit him, and to nobody where no words are meant', async () => {
    const templates = { nobody: 'verify-email', active: 'account-exists', disabled: null } as const;
    const [stranger, owner, locked] = [mail('verify-email'), mail('verify-email'), mail('verify-email')].map(
      (order) => ({ ...order, templates }) as MessageOrder,
    ) as [MessageOrder, MessageOrder, MessageOrder];
    service.owners.set(owner.to, 'active').set(locked.to, 'disabled');
    const skipped = await metric('identity_messages_total{channel="mail",template="verify-email",outcome="skipped"}');
    await Promise.all([locked, owner, stranger].map((order) => service.queue.enqueue(order)));
    await Promise.all([expectEnd(owner.id, 'sent'), expectEnd(stranger.id, 'sent')]);
    await poll('the skip', 10, async () => (await stores.client.exists(`bull:mail:${locked.id}`)) === 0 || undefined);
    const subjects = Object.fromEntries(
      mails.accepted.map(({ to, subject }) => [(to as { text: string }).text, subject]),
    );
    expect(subjects).toEqual({
      [stranger.to]: 'Your NX Seller verification code',
      [owner.to]: 'You already have a NX Seller account',
    });
    expect(await stores.marker(locked.id)).toBeUndefined();
    expect(await metric('identity_messages_total{channel="mail",template="verify-email",outcome="skipped"}')).toBe(
      skipped + 1,
    );
  });

  it('is sent once however often it is ordered, at once or later', async () => {
    const order = mail('verify-email');
    await Promise.all(Array.from({ length: 20 }, () => service.queue.enqueue(order)));
    await expectEnd(order.id, 'sent');
    await service.queue.enqueue(order);
    await poll('its end', 10, async () => (await stores.client.exists(`bull:mail:${order.id}`)) === 0 || undefined);
    expect(mails.accepted).toHaveLength(1);
  });

  it('carries the brand that is configured, and cannot be given a header by it or by a value', async () => {
    service.configurations.rows.set('identity.notification.brand', 'Chợ & Co');
    const order = mail('identifier-added', { identifier: 'x\r\nBcc: eve@example.com\r\n\r\n<b>{{code}}</b>' });
    await service.queue.enqueue(order);
    await expectEnd(order.id, 'sent');
    service.configurations.rows.set('identity.notification.brand', 'X\r\nBcc: eve@example.com');
    const second = mail('password-changed', {});
    await service.queue.enqueue(second);
    await expectEnd(second.id, 'sent');
    service.configurations.rows.delete('identity.notification.brand');
    const [one, two] = mails.accepted;
    expect(one?.subject).toBe('A sign-in identifier was added to your Chợ & Co account');
    expect([one?.bcc, one?.cc, two?.bcc]).toEqual([undefined, undefined, undefined]);
    expect(one?.html).toContain('&lt;b&gt;{{code}}&lt;/b&gt;');
    expect(two?.subject).toBe('Your NX Seller password was changed');
  });

  it.each(['a@x.example\r\nBcc: eve@example.com', 'a@x.example, eve@example.com', '<a@x.example>', 'nobody'])(
    'to what is no single address is given up: %j',
    async (to) => {
      const order = { ...mail('verify-email'), to };
      await service.queue.enqueue(order);
      await poll(
        'its failure',
        10,
        async () => (await stores.client.zscore('bull:mail:failed', order.id)) ?? undefined,
      );
      expect(mails.arrived).toEqual([]);
      expect(await stores.client.hget(`bull:mail:${order.id}`, 'failedReason')).toBe('notification.malformed');
    },
  );

  it('past its time is dropped', async () => {
    const order = { ...mail('verify-email'), expiresAt: new Date(Date.now() - 1) };
    await service.queue.enqueue(order);
    await poll('its end', 10, async () => (await stores.client.exists(`bull:mail:${order.id}`)) === 0 || undefined);
    expect([mails.arrived.length, await stores.marker(order.id)]).toEqual([0, undefined]);
  });

  it('waits for a mail server to be configured', async () => {
    service.configurations.rows.delete('identity.mail.smtp');
    const order = mail('password-changed', {});
    await service.patient(100, 50).enqueue(order);
    await expectEnd(order.id, 'retried');
    const reason = await poll(
      'its reason',
      10,
      async () =>
        // BullMQ writes it after the end was recorded.
        (await stores.client.hget(`bull:mail:${order.id}`, 'failedReason')) ?? undefined,
    );
    expect(reason).toMatch(/^notification\.not-configured: .*there is no row identity\.mail\.smtp/);
    service.configurations.rows.set('identity.mail.smtp', smtpRow(mails.port));
    await expectEnd(order.id, 'sent');
    expect(mails.accepted).toHaveLength(1);
  });

  it('is refused for good by 550, and tried again after 451', async () => {
    mails.behaviour = { code: 550, at: 'RCPT TO' };
    const refused = { ...mail('verify-email'), expiresAt: new Date(Date.now() + 600_000) };
    await service.patient(5, 10).enqueue(refused);
    await expectEnd(refused.id, 'failed');
    const job = await poll('its failure', 10, async () =>
      (await stores.client.zscore('bull:mail:failed', refused.id)) === null
        ? undefined
        : await stores.client.hgetall(`bull:mail:${refused.id}`),
    );
    expect(job).toMatchObject({ failedReason: 'smtp 550 to RCPT TO', atm: '1' });
    expect(JSON.parse(job['data'] ?? '{}')).not.toHaveProperty('sealed');

    mails.behaviour = { code: 451, at: 'DATA' };
    const delayed = mail('verify-email');
    await service.patient(50, 50).enqueue(delayed);
    await poll('three attempts', 10, () => mails.arrived.length >= 3 || undefined);
    mails.behaviour = 'accept';
    await expectEnd(delayed.id, 'sent');
    expect(mails.accepted).toHaveLength(1);
    expect(new Set(mails.arrived.map(({ messageId }) => messageId)).size).toBe(1);
  });

  it('is not sent in clear to a server that must offer TLS and does not', async () => {
    service.configurations.rows.set('identity.mail.smtp', smtpRow(mails.port, { tls: 'starttls' }));
    const order = mail('verify-email');
    await service.patient(1, 10).enqueue(order);
    await expectEnd(order.id, 'failed');
    expect(mails.arrived).toEqual([]);
    service.configurations.rows.set('identity.mail.smtp', smtpRow(mails.port));
  });

  it('leaves no faster than is configured', async () => {
    service.configurations.rows.set('identity.mail.smtp', smtpRow(mails.port, { ratePerSecond: 2 }));
    const first = mail('verify-email');
    await service.queue.enqueue(first); // the row is read with it
    await expectEnd(first.id, 'sent');
    const began = performance.now();
    const orders = Array.from({ length: 5 }, () => mail('verify-email'));
    await Promise.all(orders.map((order) => service.queue.enqueue(order)));
    await Promise.all(orders.map(({ id }) => expectEnd(id, 'sent')));
    expect(performance.now() - began).toBeGreaterThan(1000);
    service.configurations.rows.set('identity.mail.smtp', smtpRow(mails.port));
    const last = mail('verify-email');
    await service.queue.enqueue(last);
    await expectEnd(last.id, 'sent');
    expect(await stores.client.hget('bull:mail:meta', 'max')).toBeNull();
  });

  it('keeps its pace when Redis has lost it', async () => {
    let now = 0;
    const pace = new BullSendingPace(service.app.get(Queues, { strict: false }), { monotonic: () => now });
    const limit = () => stores.client.hget('bull:mail:meta', 'max');
    await pace.limitMails(2);
    expect(await limit()).toBe('2');
    await stores.client.hdel('bull:mail:meta', 'max', 'duration');
    now += 30_000;
    await pace.limitMails(2);
    expect(await limit()).toBe('2');
    await pace.limitMails(undefined);
    expect(await limit()).toBeNull();
  });

  it('waits out a server that is away, and is sent once it is back', async () => {
    await mails.stop();
    const order = mail('verify-email');
    await service.patient(100, 50).enqueue(order);
    await expectEnd(order.id, 'retried');
    const { port } = mails;
    mails = await startMailServer(port);
    await expectEnd(order.id, 'sent');
    expect(mails.accepted).toHaveLength(1);
  });

  it('is never sent late: a server that comes back after its time gets nothing, and the next one', async () => {
    await mails.stop();
    const order = { ...mail('verify-email'), expiresAt: new Date(Date.now() + 1000) };
    await service.patient(100, 50).enqueue(order);
    await expectEnd(order.id, 'retried');
    await poll('its end', 15, async () => (await stores.client.exists(`bull:mail:${order.id}`)) === 0 || undefined);
    mails = await startMailServer(mails.port);
    const next = mail('verify-email');
    await service.queue.enqueue(next);
    await expectEnd(next.id, 'sent');
    expect(mails.arrived.map(({ messageId }) => messageId)).toEqual([`<${next.id}@seller.example>`]);
  });
});

describe('an ordered SMS', () => {
  it('arrives as one line of ASCII with the code first', async () => {
    const order = sms();
    await service.queue.enqueue(order);
    const marker = await expectEnd(order.id, 'sent');
    expect(gateway.received).toEqual([
      {
        id: order.id,
        to: order.to,
        text: '482913 la ma dang nhap NX Seller cua ban, hieu luc 5 phut. Khong chia se ma nay voi bat ky ai.',
      },
    ]);
    expect(marker).toMatchObject({ provider: 'gateway', provider_message_id: `g-${order.id}` });
  });

  it('has the text that is configured, unless that is no SMS', async () => {
    const row = 'identity.sms-template.phone-auth.vi';
    service.configurations.rows.set(row, '{{brand}}: {{code}}');
    const order = sms();
    await service.queue.enqueue(order);
    await expectEnd(order.id, 'sent');
    service.configurations.rows.set(row, 'Mã của bạn là {{code}}');
    const second = sms();
    await service.queue.enqueue(second);
    await expectEnd(second.id, 'sent');
    service.configurations.rows.delete(row);
    expect(gateway.received.map(({ text }) => text)).toEqual([
      'NX Seller: 482913',
      expect.stringMatching(/^482913 la ma/),
    ]);
  });

  it('is tried again after a definite failure', async () => {
    gateway.status = 503;
    const order = sms();
    await service.patient(50, 20).enqueue(order);
    await expectEnd(order.id, 'retried');
    gateway.status = 200;
    await expectEnd(order.id, 'sent');
  });

  it('is never sent again when nobody knows whether it was', async () => {
    const begun = sms();
    await stores.sql('INSERT INTO identity."NotificationSend" (job_id, channel, template) VALUES ($1, $2, $3)', [
      begun.id,
      'sms',
      'phone-auth',
    ]);
    await service.queue.enqueue(begun);
    await expectEnd(begun.id, 'unknown');
    expect(gateway.received).toEqual([]);
  });
});

it('tells of every message in the words of the request that ordered it', async () => {
  const order = mail('verify-email');
  await runInRequestContext({ requestId: 'request-7' }, () => service.queue.enqueue(order));
  await expectEnd(order.id, 'sent');
  expect(await metric('identity_messages_total{channel="sms",template="forgot-password",outcome="sent"}')).toBe(0);
  expect(await metric('identity_message_delay_seconds_count{channel="mail"}')).toBeGreaterThan(0);
  expect(await metric('identity_queue_jobs{queue="mail",state="waiting"}')).toBe(0);
});
