import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { elapsedWithoutLag, poll } from '@platform/testing';
import { GracefulWorker, QueueMonitor } from '@platform/queue';
import type { MessageOrder } from '../application/message-order.js';
import { type MailServer, startMailServer } from '../testing/mail-server.js';
import { startNotification } from '../testing/start-notification.js';
import { prepareStores, type Stores } from '../testing/stores.js';

const CODE = '736251';

let stores: Stores;
let mails: MailServer;
let service: Awaited<ReturnType<typeof startNotification>>;

beforeEach(async () => {
  [stores, mails] = await Promise.all([prepareStores(), startMailServer()]);
});

afterEach(async () => {
  stores.redis.kill('SIGCONT');
  await service.app.close();
  await mails.stop();
  await stores.stop();
});

const order = (id: string): MessageOrder => ({
  channel: 'mail',
  id,
  to: 'ana.secret@example.com',
  locale: 'vi',
  values: { code: CODE, minutes: '10' },
  templates: { nobody: 'verify-email', active: 'verify-email', disabled: null },
});

async function start(worker = true): Promise<void> {
  service = await startNotification({ ...stores.options, smtpPort: mails.port }, { worker });
}

/** How long a refused order takes, in milliseconds. */
async function refusal(): Promise<number> {
  const enqueued = service.queue.enqueue(order('refused'));
  const elapsed = await elapsedWithoutLag(enqueued);
  await expect(enqueued).rejects.toMatchObject({
    code: 'notification.unavailable',
    kind: 'unavailable',
    limit: 'queue',
    retryAfterSeconds: 2,
  });
  return elapsed;
}

describe('an order', () => {
  it('is refused within a second while Redis is frozen, and taken again afterwards', async () => {
    await start();
    stores.redis.kill('SIGSTOP');
    const times = await Promise.all(Array.from({ length: 5 }, refusal));
    times.push(await refusal(), await refusal());
    expect(Math.max(...times)).toBeLessThan(1000);
    expect((await service.app.get(QueueMonitor).check()).status).toBe('down');
    stores.redis.kill('SIGCONT');
    await poll(
      'An order',
      10,
      async () =>
        await service.queue.enqueue(order('after')).then(
          () => true,
          () => undefined,
        ),
    );
    await poll('The mail', 20, () => mails.accepted.some(({ messageId }) => messageId?.includes('after')) || undefined);
  });

  it('is refused within a second once Redis is killed, and jobs go on when it is back', async () => {
    await start();
    await service.queue.enqueue(order('before'));
    await poll('The mail', 10, () => mails.accepted.length === 1 || undefined);
    const { port } = stores.redis;
    await stores.redis.stop();
    expect(Math.max(await refusal(), await refusal())).toBeLessThan(1000);
    await stores.restartRedis(port);
    await poll(
      'An order',
      10,
      async () =>
        await service.queue.enqueue(order('after')).then(
          () => true,
          () => undefined,
        ),
    );
    await poll('The mail', 20, () => mails.accepted.length === 2 || undefined);
  });
});

describe('Redis', () => {
  it('holds no code, no address and no value: not while a job waits, not after it has failed for good', async () => {
    await start(false);
    await service.patient(2, 10).enqueue({ ...order('kept'), expiresAt: new Date(Date.now() + 600_000) });
    const waiting = await stores.dump();
    expect(waiting).toContain('sealed');
    const [counts] = Object.values(await service.app.get(QueueMonitor).measure());
    expect(counts).toMatchObject({ waiting: 1, active: 0, delayed: 0, failed: 0 });
    await service.app.close();
    await mails.stop();
    await start();
    await poll('The failure', 10, async () => (await stores.client.zscore('bull:mail:failed', 'kept')) ?? undefined);
    const failed = await stores.dump();
    expect(failed).not.toContain('sealed');
    expect(failed).toContain('smtp ESOCKET');
    for (const secret of [CODE, 'ana.secret', 'minutes']) {
      expect(waiting).not.toContain(secret);
      expect(failed).not.toContain(secret);
    }
    expect(await stores.marker('kept')).toMatchObject({ outcome: 'failed' });
    mails = await startMailServer();
  });

  it('forgets a content that BullMQ itself failed, and never serves one job with that of another', async () => {
    await start(false);
    await service.queue.enqueue(order('one'));
    await service.queue.enqueue(order('two'));
    const data = JSON.parse((await stores.client.hget('bull:mail:one', 'data')) ?? '{}') as object;
    await stores.client.hset('bull:mail:two', 'data', JSON.stringify(data));
    await stores.client.hset('bull:mail:one', 'data', JSON.stringify({ ...data, more: 1 }));
    await stores.client.hset('bull:mail:one', 'defa', 'job stalled more than allowable limit');
    await service.app.close();
    await start();
    await poll('The failure', 10, async () => (await stores.client.zscore('bull:mail:failed', 'one')) ?? undefined);
    await poll(
      'The end',
      10,
      async () => !(await stores.client.hget('bull:mail:one', 'data'))?.includes('seal') || undefined,
    );
    await poll(
      'The refusal',
      10,
      async () =>
        (await stores.client.hget('bull:mail:two', 'failedReason')) === 'notification.unopenable' || undefined,
    );
    expect(mails.arrived).toEqual([]);
  });
});

describe('the end of a worker', () => {
  it('lets a mail that is under way be finished and takes no other', async () => {
    await start();
    mails.behaviour = 'hang';
    await service.queue.enqueue(order('under-way'));
    await poll('The mail', 10, () => mails.arrived.length === 1 || undefined);
    const end = service.app.close();
    const late = await startNotification(stores.options, { worker: false });
    await late.queue.enqueue(order('late'));
    mails.release();
    await end;
    expect(await stores.marker('under-way')).toMatchObject({ outcome: 'sent' });
    expect(await stores.marker('late')).toBeUndefined();
    expect(await stores.client.exists('bull:mail:under-way')).toBe(0);
    await late.app.close();
  });

  it('comes after the grace period, whatever is under way', async () => {
    await start();
    mails.behaviour = 'hang';
    await service.queue.enqueue(order('stuck'));
    await poll('The mail', 10, () => mails.arrived.length === 1 || undefined);
    const { graceMs } = GracefulWorker;
    GracefulWorker.graceMs = 200;
    try {
      const began = performance.now();
      await service.app.close();
      expect(performance.now() - began).toBeLessThan(5000);
    } finally {
      GracefulWorker.graceMs = graceMs;
    }
    expect(await stores.client.exists('bull:mail:stuck')).toBe(1);
  });
});
