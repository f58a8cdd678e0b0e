import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { poll } from '@platform/testing';
import type { MessageOrder } from '../application/message-order.js';
import { type MailServer, startMailServer } from '../testing/mail-server.js';
import { runWorker } from '../testing/run-worker.js';
import { startSmsGateway, type SmsGateway } from '../testing/sms-gateway.js';
import { startNotification } from '../testing/start-notification.js';
import { prepareStores, type Stores } from '../testing/stores.js';

let stores: Stores;
let mails: MailServer;
let gateway: SmsGateway;
let producer: Awaited<ReturnType<typeof startNotification>>;
let heir: Awaited<ReturnType<typeof startNotification>> | undefined;

beforeAll(async () => {
  [stores, mails, gateway] = await Promise.all([prepareStores(), startMailServer(), startSmsGateway()]);
  producer = await startNotification(stores.options, { worker: false });
});

afterEach(async () => {
  await heir?.app.close();
  heir = undefined;
});

afterAll(async () => {
  await producer.app.close();
  await Promise.all([mails.stop(), gateway.stop()]);
  await stores.stop();
});

const options = () => ({ ...stores.options, smtpPort: mails.port, smsUrl: gateway.url });
const templates = { nobody: 'forgot-password', active: 'forgot-password', disabled: null } as const;
const common = { locale: 'vi', values: { code: '736251', minutes: '5' }, templates } as const;

/** The minute after which BullMQ hands on the job of a dead worker, gone by: its lock lapsed, seen without one once. */
async function letLockLapse(queue: string, id: string): Promise<void> {
  await stores.client.del(`bull:${queue}:${id}:lock`, `bull:${queue}:stalled-check`);
  await stores.client.sadd(`bull:${queue}:stalled`, id);
}

/** Orders a message, kills the worker while the provider has it, and starts another worker. */
async function killDuringSend(order: MessageOrder, arrived: () => boolean): Promise<void> {
  const worker = runWorker(options());
  await producer.queue.enqueue(order);
  await poll('The provider’s turn', 25, () => arrived() || undefined);
  await worker.kill();
  expect(await stores.marker(order.id)).toMatchObject({ outcome: null, finished_at: null });
  await letLockLapse(order.channel, order.id);
  heir = await startNotification(options());
}

it('a mail whose worker died is sent again, under the same Message-ID', async () => {
  mails.behaviour = 'hang';
  await killDuringSend(
    { ...common, channel: 'mail', id: 'mail-1', to: 'ana@example.com' },
    () => mails.arrived.length > 0,
  );
  mails.behaviour = 'accept';
  await poll('The end', 20, async () => (await stores.marker('mail-1'))?.['outcome'] === 'sent' || undefined);
  const ids = mails.arrived.map(({ messageId }) => messageId);
  expect(ids.length).toBeGreaterThan(1);
  expect(new Set(ids)).toEqual(new Set(['<mail-1@seller.example>']));
});

it('an SMS whose worker died is not sent again: nobody knows whether it was', async () => {
  gateway.status = 0;
  await killDuringSend(
    { ...common, channel: 'sms', id: 'sms-1', to: '+84901234567' },
    () => gateway.received.length > 0,
  );
  gateway.status = 200;
  await poll('The end', 20, async () => (await stores.marker('sms-1'))?.['outcome'] === 'unknown' || undefined);
  await poll('The end of the job', 10, async () => (await stores.client.exists('bull:sms:sms-1')) === 0 || undefined);
  expect(gateway.received).toHaveLength(1);
});
