import { connect } from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import nodemailer, { type SendMailOptions } from 'nodemailer';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { freePort } from '../free-port.js';
import { poll } from '../poll.js';
import { type MailCatcher, startMailCatcher } from './start-mail-catcher.js';

/** By then an answer would be there, if there were one. */
const MOMENT_MS = 300;

let catcher: MailCatcher;

beforeAll(async () => {
  catcher = await startMailCatcher({ smtpPort: await freePort() }); // nobody else is given it while it is down
});
afterAll(() => catcher.stop());
beforeEach(async () => {
  await catcher.behave({ mode: 'accept' });
  catcher.clear();
});

/** A new connection for each mail, and little patience. */
async function send(mail: SendMailOptions, { patience = 10_000, ...more } = {}) {
  const transport = nodemailer.createTransport({
    host: '127.0.0.1',
    port: catcher.smtpPort,
    greetingTimeout: patience,
    socketTimeout: patience,
    ...more,
  });
  try {
    return await transport.sendMail({ from: 'NX <nx@shop.test>', subject: 'Code', text: '123456', ...mail });
  } finally {
    transport.close();
  }
}

const ask = (path: string, init?: RequestInit) => fetch(`${catcher.url}${path}`, init);
const behave = (body: unknown) =>
  ask('/api/behaviour', { method: 'PUT', body: typeof body === 'string' ? body : JSON.stringify(body) });
const caught = async (to = '') =>
  (await (await ask(`/api/messages${to && `?to=${to}`}`)).json()) as Record<string, string>[];

it('keeps a mail for each recipient of the envelope, and lists the newest first', async () => {
  const { messageId } = await send({ to: 'An@Shop.test', bcc: 'binh+1@shop.test', subject: 'Mã: một', text: 'một' });
  await send({ to: 'an@shop.test', subject: 'Two', text: undefined, html: '<p>hai</p>' });
  const mails = await caught('aN@shop.TEST');
  expect(mails.map(({ subject, text }) => [subject, text?.trim()])).toEqual([
    ['Two', 'hai'],
    ['Mã: một', 'một'],
  ]);
  expect(mails[0]).toMatchObject({ to: 'an@shop.test', html: '<p>hai</p>\n', from: '"NX" <nx@shop.test>' });
  expect(mails[1]).toMatchObject({ to: 'An@shop.test', messageId, html: '' });
  expect(mails[1]?.['raw']).toContain('Subject: =?UTF-8?');
  expect(Date.parse(mails[1]?.['receivedAt'] ?? '')).toBeGreaterThan(Date.now() - 60_000);
  expect(await caught('binh+1@shop.test')).toHaveLength(1);
  expect(await caught()).toHaveLength(3);
  expect(catcher.messages('BINH+1@shop.test')).toHaveLength(1);
});

it('forgets when it is told to', async () => {
  await send({ to: 'an@shop.test' });
  expect((await ask('/api/messages', { method: 'DELETE' })).status).toBe(204);
  expect(await caught()).toEqual([]);
});

it('accepts whoever signs in, with or without a password that is right', async () => {
  await send({ to: 'an@shop.test' }, { auth: { user: 'someone', pass: 'anything' } } as object);
  expect(await caught()).toHaveLength(1);
});

it('rejects with the code it was given, 550 by default, and keeps nothing', async () => {
  expect(await (await behave({ mode: 'reject' })).json()).toEqual({ mode: 'reject' });
  await expect(send({ to: 'an@shop.test' })).rejects.toMatchObject({ responseCode: 550, command: 'RCPT TO' });
  await behave({ mode: 'reject', code: 451 });
  await expect(send({ to: 'an@shop.test' })).rejects.toMatchObject({ responseCode: 451 });
  expect(await caught()).toEqual([]);
});

it('greets nobody in a time-out', async () => {
  await behave({ mode: 'timeout' });
  const impatient = send({ to: 'an@shop.test' }, { greetingTimeout: 300 } as object);
  await expect(impatient).rejects.toThrow('Greeting never received');
});

it('answers no recipient in a time-out, on a connection that was open before', async () => {
  const said: string[] = [];
  const note = (_entry: unknown, text: string) => void said.push(text);
  const logger = { level: () => undefined, trace: note, debug: note, info: note, warn: note, error: note, fatal: note };
  const transport = nodemailer.createTransport({
    pool: true,
    port: catcher.smtpPort,
    logger,
    debug: true,
  });
  const mail = { from: 'nx@shop.test', to: 'an@shop.test', text: '' };
  await transport.sendMail(mail);
  said.length = 0;
  await behave({ mode: 'timeout' });
  const client = new AbortController();
  const unanswered = transport.sendMail({ ...mail, signal: client.signal });
  await poll('the recipient', 5, () => said.includes('RCPT TO:<an@shop.test>') || undefined);
  await delay(MOMENT_MS);
  client.abort();
  await expect(unanswered).rejects.toMatchObject({ name: 'AbortError' });
  transport.close();
  expect(said.filter((line) => /^\d{3} /.test(line))).toEqual(['250 Accepted']); // MAIL FROM
  expect(await caught()).toHaveLength(1);
});

it('refuses connections while it is down, drops the open ones, and comes back on the same port', async () => {
  const open = connect(catcher.smtpPort, '127.0.0.1');
  await once(open, 'data');
  const dropped = once(open, 'close');
  await behave({ mode: 'down' });
  await dropped;
  await expect(send({ to: 'an@shop.test' })).rejects.toThrow('ECONNREFUSED');
  expect(await (await ask('/api/behaviour')).json()).toEqual({ mode: 'down' });
  await behave({ mode: 'accept' });
  await send({ to: 'an@shop.test' });
  expect(await caught()).toHaveLength(1);
});

it('delays the answer, not the mail: what a client gave up on may have arrived', async () => {
  await behave({ mode: 'accept', delayMs: 60_000 });
  const client = new AbortController();
  const unanswered = send({ to: 'an@shop.test', signal: client.signal });
  await poll('the mail', 5, () => catcher.messages().length === 1 || undefined);
  await delay(MOMENT_MS);
  client.abort();
  await expect(unanswered).rejects.toMatchObject({ name: 'AbortError' });
  expect(await caught()).toHaveLength(1);
  await behave({ mode: 'reject', delayMs: 300 });
  const started = performance.now();
  await expect(send({ to: 'an@shop.test' })).rejects.toMatchObject({ responseCode: 550 });
  expect(performance.now() - started).toBeGreaterThan(290);
});

it('leaves everything as it was when an order is not understood', async () => {
  await behave({ mode: 'accept', delayMs: 1 });
  const wrong = ['', 'accept', [], {}, { mode: 'off' }, { mode: 'reject', code: '550' }, { mode: 'reject', code: 250 }];
  for (const order of [...wrong, { mode: 'accept', delayMs: -1 }, { mode: 'accept', delay: 1 }]) {
    const answer = await behave(order);
    expect([order, answer.status]).toEqual([order, 400]);
    expect(((await answer.json()) as { errors: string[] }).errors).not.toEqual([]);
  }
  expect(await (await ask('/api/behaviour')).json()).toEqual({ mode: 'accept', delayMs: 1 });
});

it('refuses a mail or an order that is too large, and a route it does not know', async () => {
  await expect(send({ to: 'an@shop.test', text: 'a'.repeat(1_100_000) })).rejects.toMatchObject({ responseCode: 552 });
  expect((await behave('x'.repeat(70_000))).status).toBe(413);
  expect((await ask('/nothing')).status).toBe(404);
  const wrongMethod = await ask('/api/messages', { method: 'POST' });
  expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'GET, DELETE']);
  expect(await caught()).toEqual([]);
});

it('shows mails on a page that escapes whatever they hold', async () => {
  const evil = `"'><script>alert(1)</script>&`;
  await send({ to: 'an@shop.test', subject: `first` });
  await send({ to: 'an@shop.test', subject: evil, text: evil, html: `<b onclick='x("1")'>${evil}</b>` });
  const answer = await ask(`/?to=an@shop.test`);
  const page = await answer.text();
  expect(answer.headers.get('content-security-policy')).toMatch(/^default-src 'none'; .*script-src 'sha256-[^']+'/);
  expect(page).not.toContain('<script>alert');
  expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&amp;');
  expect(page).toMatch(/<iframe sandbox=""[^>]* srcdoc="&lt;b onclick=&#39;x\(&quot;1&quot;\)&#39;&gt;/);
  const searched = await (await ask(`/?to=${encodeURIComponent('"><script>alert(2)')}`)).text();
  expect(searched).toContain('value="&quot;&gt;&lt;script&gt;alert(2)"');
  const first = await (await ask(`/?id=${catcher.messages()[1]?.id}`)).text();
  expect(first).toContain('<h2>first</h2>');
});

it('says that a port is taken, and leaves none behind', async () => {
  const ports = { port: await freePort(), smtpPort: await freePort() };
  const other = await startMailCatcher(ports);
  await other.stop();
  await expect(startMailCatcher({ ...ports, smtpPort: catcher.smtpPort })).rejects.toThrow('EADDRINUSE');
  const again = await startMailCatcher(ports);
  expect(again.smtpUrl).toBe(other.smtpUrl);
  await again.stop();
});
