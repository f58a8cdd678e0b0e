import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { poll } from '@platform/testing';
import { credentials } from '../support/client.js';
import { behave, type Messaging, startMessaging } from '../support/messaging.js';
import { startService, type TestService } from '../support/start-service.js';
import { launchChromium, openWatchedPage, type WatchedPage } from './support/watched-page.js';

const ADDRESS = 'board.reader@example.com';
const REASON = 'smtp 550 to RCPT TO';

let service: TestService;
let messaging: Messaging;
let browser: Browser;
let watched: WatchedPage;
/** Everything that the page was answered. */
let answers: string;

beforeAll(async () => {
  browser = await launchChromium();
  service = await startService();
  messaging = await startMessaging(service);
  await behave(messaging.mailUrl, { mode: 'reject', code: 550 });
  await service.client.post('/auth/sign-up', {
    ...credentials('', 'three unrelated words'),
    identifier: { scheme: 'email', value: ADDRESS },
  });
  await poll('the failed job', 15, async () => {
    const text = await (await fetch(`${service.managementOrigin}/metrics`)).text();
    return /identity_queue_jobs\{queue="mail",state="failed"\} 1/.test(text) || undefined;
  });
  watched = await openWatchedPage(browser);
  answers = '';
  watched.page.on('response', (response) => {
    if (response.url().includes('/api/')) response.text().then((text) => (answers += text), () => undefined); // prettier-ignore
  });
});
afterAll(async () => {
  await browser?.close();
  await messaging?.stop();
  await service?.stop();
});

it('shows both queues, and a failed job with its reason', async () => {
  const { page } = watched;
  await page.goto(`${service.managementOrigin}/queues`);
  await page.getByText('sms', { exact: true }).first().waitFor();
  await page.goto(`${service.managementOrigin}/queues/queue/mail?status=failed`);
  await page.getByText(REASON).first().waitFor();
  await page.screenshot({ path: join(tmpdir(), 'nx-identity-queue-board.png') }); // for whoever judges it by eye
  expect(await page.title()).toContain('Queues');
});

it('tells no address and nothing of what was sealed, in no answer', async () => {
  await poll('the answers', 5, async () => answers.includes(REASON) || undefined);
  expect(answers).toContain('"content":"forgotten"');
  expect(answers).not.toContain(ADDRESS);
  expect(answers).not.toContain('"sealed":');
});

it('asks nobody else for anything, and breaks no rule of the browser [ASVS 14.2.3]', () => {
  const { requests, faults } = watched;
  expect(requests.length).toBeGreaterThan(5);
  const elsewhere = requests.filter((url) => !/^(data|blob):/.test(url) && new URL(url).origin !== service.managementOrigin); // prettier-ignore
  expect(elsewhere).toEqual([]);
  expect(faults).toEqual([]);
});
