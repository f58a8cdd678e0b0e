import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort, poll } from '@platform/testing';
import { PASSWORD } from '../support/client.js';
import { behave, type Messaging, startMessaging } from '../support/messaging.js';
import { type SpawnedService, spawnService, untilReady } from '../support/spawn-service.js';
import { startService, type TestService } from '../support/start-service.js';

/** A lock lapses after 30 s, and a look finds that within 20: what is left of the minute is for sending. */
const HANDED_ON_SECONDS = 60;

let service: TestService;
let messaging: Messaging;
let workers: SpawnedService[] = [];

const marks = (channel: string) =>
  service.sql<{ outcome: string | null }>(`SELECT outcome FROM identity."NotificationSend" WHERE channel = $1`, [
    channel,
  ]);

async function startWorker(): Promise<SpawnedService> {
  const port = String(await freePort());
  const worker = spawnService(
    { ...service.env, RUN_MODE: 'worker', LOG_LEVEL: 'info', MANAGEMENT_PORT: port },
    'worker',
  );
  await untilReady(worker);
  return worker;
}

beforeAll(async () => {
  service = await startService({ env: { SNOWFLAKE_WORKER_ID: 'auto' } });
  messaging = await startMessaging(service, { worker: false });
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.stop()));
  await messaging.stop();
  await service.stop();
});

/**
 * What libs/notification/src/queue/killed-worker.int.ts shows of the queue's code with the wait cut short, here with the
 * processes that ship and nothing cut short.
 */
it('what a killed worker was sending is taken over within a minute: the mail is sent again, the SMS is not', async () => {
  await Promise.all([messaging.mailUrl, messaging.smsUrl].map((url) => behave(url, { mode: 'timeout' })));
  const victim = await startWorker();
  workers = [victim];
  const signUp = await service.client.post('/auth/sign-up', {
    identifier: { scheme: 'email', value: 'ana@example.com' },
    credential: { scheme: 'password', value: PASSWORD },
  });
  const request = await service.client.post('/otp/request', {
    namespace: 'phone-auth',
    identifier: { scheme: 'phone', value: '+84901234567' },
  });
  expect([signUp.status, request.status]).toEqual([202, 202]);
  await poll('both messages at their providers', 15, async () => {
    const [mail, sms] = await Promise.all(['mail', 'sms'].map(marks));
    return (mail?.length === 1 && sms?.length === 1) || undefined;
  });
  victim.signal('SIGKILL');
  const killed = performance.now();
  const secondsSince = () => (performance.now() - killed) / 1000;
  await victim.ended;
  await Promise.all([messaging.mailUrl, messaging.smsUrl].map((url) => behave(url, { mode: 'accept' })));
  workers = [await startWorker()];

  await poll('the end of both', HANDED_ON_SECONDS - secondsSince(), async () => {
    const [mail, sms] = await Promise.all(['mail', 'sms'].map(marks));
    return (mail?.[0]?.outcome === 'sent' && sms?.[0]?.outcome === 'unknown') || undefined;
  });
  expect(secondsSince()).toBeGreaterThan(15); // by the lapse of the lock, and by nothing else
  await messaging.idle();
  const [mails, bought] = await Promise.all([messaging.all('ana@example.com'), messaging.all('+84901234567')]);
  expect([mails.length, bought.length]).toEqual([1, 0]);
});
