import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startService, type TestService } from '../support/start-service.js';
import { launchChromium, openWatchedPage, type WatchedPage } from './support/watched-page.js';

let service: TestService;
let browser: Browser;
let watched: WatchedPage;

beforeAll(async () => {
  browser = await launchChromium();
  service = await startService();
  watched = await openWatchedPage(browser);
  await watched.page.goto(`${service.origin}/v1/api/identity/doc`);
});
afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

it('shows every operation', async () => {
  const { page } = watched;
  await page.locator('.opblock').first().waitFor();
  const { paths } = (await service.client.get('/doc/openapi.json')).body as { paths: Record<string, object> };
  const documented = Object.values(paths).flatMap((item) => Object.keys(item));
  expect(await page.locator('.opblock').count()).toBe(documented.length);
  expect(await page.title()).toBe('nx-seller-identity');
});

it('signs up and in with the examples as they stand, and uses the token', async () => {
  const { page } = watched;
  expect((await send(page, 'auth', 'signUp')).status).toBe('201');
  const signedIn = await send(page, 'auth', 'signIn');
  expect(signedIn.status).toBe('200');
  const { accessToken } = JSON.parse(signedIn.body) as { accessToken: string };

  const unauthorised = await send(page, 'auth', 'whoAmI');
  expect(unauthorised.status).toBe('401');
  expect(JSON.parse(unauthorised.body)).toMatchObject({ code: 'auth.invalid-token' });

  await authorise(page, accessToken);
  const who = await send(page, 'auth', 'whoAmI');
  expect(who.status).toBe('200');
  expect(JSON.parse(who.body)).toMatchObject({ identifiers: [{ scheme: 'username', value: 'ana.seller' }] });
});

it('changes profile and password with the examples as they stand, and lists the sessions', async () => {
  const { page } = watched;
  expect((await send(page, 'users', 'changeMe')).status).toBe('200');
  const sessions = await send(page, 'sessions', 'listSessions');
  expect(sessions.status).toBe('200');
  expect(JSON.parse(sessions.body)).toMatchObject({ items: [{ current: true }, { current: false }], nextCursor: null });
  expect((await send(page, 'auth', 'changePassword')).status).toBe('204');
});

it('asks nobody else for anything, and breaks no rule of the browser [ASVS 14.2.3]', async () => {
  const { page, requests, faults } = watched;
  await page.locator('#operations-auth-whoAmI').scrollIntoViewIfNeeded();
  await page.screenshot({ path: join(tmpdir(), 'nx-identity-swagger-ui.png') }); // for whoever judges it by eye
  expect(requests.length).toBeGreaterThan(5);
  const elsewhere = requests.filter((url) => !url.startsWith('data:') && new URL(url).origin !== service.origin);
  expect(elsewhere).toEqual([]);
  // The browser itself reports the 401 that was asked for.
  expect(faults.filter((fault) => !/status of 401/.test(fault))).toEqual([]);
});

/** Opens an operation, sends what the page proposes, and reads the answer that the page shows. */
async function send(page: Page, tag: string, operationId: string): Promise<{ status: string; body: string }> {
  const operation = page.locator(`#operations-${tag}-${operationId}`);
  if (!(await operation.locator('.opblock-body').isVisible()))
    await operation.locator('.opblock-summary-control').click();
  const clear = operation.locator('.btn-clear');
  if (await clear.isVisible()) await clear.click();
  await operation.locator('button.execute').click();
  const answer = operation.locator('.live-responses-table .response').first();
  await answer.waitFor();
  const status = await answer.locator('.response-col_status').first().textContent();
  return { status: status?.match(/\d{3}/)?.[0] ?? '', body: await bodyOf(answer) };
}

async function bodyOf(answer: Locator): Promise<string> {
  const shown = answer.locator('.response-col_description .highlight-code code').first();
  return (await shown.count()) > 0 ? ((await shown.textContent()) ?? '') : '';
}

async function authorise(page: Page, token: string): Promise<void> {
  await page.locator('.auth-wrapper .btn.authorize').click();
  const dialog = page.locator('.dialog-ux');
  // One part for each scheme: this is not the sister services'.
  const bearer = dialog.locator('.auth-container', { has: page.locator('#auth-bearer-value') });
  await bearer.locator('input').fill(token);
  await bearer.locator('button.authorize').click();
  await dialog.locator('button.btn-done').first().click();
}
