import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { freePort } from '../free-port.js';
import { poll } from '../poll.js';
import { type SmsGateway, startSmsGateway } from './start-sms-gateway.js';

/** By then an answer would be there, if there were one. */
const MOMENT_MS = 300;

let gateway: SmsGateway;

beforeAll(async () => {
  const sendPort = await freePort(); // nobody else is given it while it is down
  gateway = await startSmsGateway({ partnerCode: 'nx', secretKey: 'key', sendPort });
});
afterAll(() => gateway.stop());
beforeEach(async () => {
  await gateway.behave({ mode: 'accept' });
  gateway.clear();
});

const FORM = {
  messageId: 'm1',
  destination: '0901234567',
  sender: 'NXSELLER',
  keyword: 'OTP',
  shortMessage: 'NX: 123456',
  encryptMessage: '',
  isEncrypt: 0,
  type: 0,
  requestTime: 1_760_000_000,
  partnerCode: 'nx',
  sercretKey: 'key',
};

const post = (body: unknown, { url = gateway.sendUrl, signal }: { url?: string; signal?: AbortSignal } = {}) =>
  fetch(url, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal && { signal }),
  });
const statusOf = async (body: unknown) => ((await (await post(body)).json()) as { status: string }).status;
const ask = (path: string, init?: RequestInit) => fetch(`${gateway.url}${path}`, init);
const behave = (body: unknown) => ask('/api/behaviour', { method: 'PUT', body: JSON.stringify(body) });
const received = async (to = '') =>
  (await (await ask(`/api/messages${to && `?to=${to}`}`)).json()) as Record<string, string>[];

it('accepts a message in the form of VNPAY, on its own port and on the one of the page', async () => {
  const answer = await post(FORM);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual({
    messageId: 'm1',
    status: '00',
    description: 'Success',
    isMnp: 0,
    providerId: '01',
    providerIdOrg: '01',
  });
  await post({ ...FORM, messageId: 'm2' }, { url: `${gateway.url}/api/send` });
  expect((await received()).map(({ raw }) => (JSON.parse(raw ?? '') as { messageId: string }).messageId)).toEqual(['m2', 'm1']); // prettier-ignore
});

it('finds the messages of a phone however it is written, newest first', async () => {
  await post({ ...FORM, shortMessage: 'one' });
  await post({ ...FORM, destination: '84901234567', shortMessage: 'two' });
  await post({ ...FORM, destination: '84912345678', shortMessage: 'elsewhere' });
  for (const to of ['+84901234567', '%2B84901234567', '84901234567', '0901234567']) {
    expect((await received(to)).map(({ text }) => text)).toEqual(['two', 'one']);
  }
  expect(gateway.messages('0901234567')[0]?.to).toBe('+84901234567');
  expect(await received('0999')).toEqual([]);
  expect((await ask('/api/messages', { method: 'DELETE' })).status).toBe(204);
  expect(await received()).toEqual([]);
});

it('keeps a message that is sent twice twice', async () => {
  await post(FORM);
  await post(FORM);
  expect(await received()).toHaveLength(2);
});

it.each([
  ['80', { partnerCode: 'other' }],
  ['04', { sercretKey: 'wrong' }],
  ['11', { type: 1 }],
  ['01', { destination: '+84901234567' }],
  ['01', { destination: '0123' }],
  ['01', { destination: '8490123456789012' }],
  ['02', { messageId: 'm'.repeat(33) }],
  ['02', { shortMessage: 'a'.repeat(481) }],
  ['12', { shortMessage: 'Mã: 123456' }],
  ['00', { messageId: 'm'.repeat(32), shortMessage: 'a'.repeat(480) }],
])('answers %s to %o', async (status, change) => {
  expect(await statusOf({ ...FORM, ...change })).toBe(status);
  expect(await received()).toHaveLength(status === '00' ? 1 : 0);
});

it('answers 400 to what is not the form, and names the fields', async () => {
  const { sender: _sender, ...without } = FORM;
  const wrong: [string, unknown][] = [
    ['sender', without],
    ['sender', { ...FORM, sender: '12345' }],
    ['requestTime', { ...FORM, requestTime: 1_760_000_000_000 }],
    ['secretKey', { ...FORM, secretKey: 'key' }],
    ['isEncrypt', { ...FORM, isEncrypt: '0' }],
    ['body', 'no JSON'],
    ['body', []],
  ];
  for (const [field, body] of wrong) {
    const answer = await post(body);
    const { description } = (await answer.json()) as { description: string };
    expect([answer.status, description]).toEqual([400, `Missing or malformed: ${field}`]);
  }
  expect(await received()).toEqual([]);
});

it('rejects with the status it was given, 05 by default', async () => {
  await behave({ mode: 'reject' });
  expect(await statusOf(FORM)).toBe('05');
  await behave({ mode: 'reject', code: '08' });
  expect(await statusOf(FORM)).toBe('08');
  expect(await received()).toEqual([]);
});

it('never answers in a time-out', async () => {
  await behave({ mode: 'timeout' });
  await expect(post(FORM, { signal: AbortSignal.timeout(MOMENT_MS) })).rejects.toThrow('timeout');
  expect(await received()).toEqual([]);
});

it('refuses connections while it is down, so that a client knows that nothing was sent, and comes back', async () => {
  await behave({ mode: 'down' });
  await expect(post(FORM)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  // The page's own port must go on answering, so there a message is cut off, which tells a client less.
  await expect(post(FORM, { url: `${gateway.url}/api/send` })).rejects.toThrow('fetch failed');
  expect(await received()).toEqual([]);
  await behave({ mode: 'accept' });
  expect(await statusOf(FORM)).toBe('00');
});

it('delays the answer, not the message: what a client gave up on may have been sent', async () => {
  await behave({ mode: 'accept', delayMs: 60_000 });
  const client = new AbortController();
  const unanswered = post(FORM, { signal: client.signal });
  await poll('the message', 5, () => gateway.messages().length === 1 || undefined);
  await delay(MOMENT_MS);
  client.abort(new Error('given up'));
  await expect(unanswered).rejects.toThrow('given up');
  expect(await received()).toHaveLength(1);
});

it('obeys the last of many orders at once, while a client keeps its connection', async () => {
  const order = (...modes: ('accept' | 'down')[]) => Promise.all(modes.map((mode) => gateway.behave({ mode })));
  expect(await statusOf(FORM)).toBe('00');
  await order('down', 'accept', 'down', 'accept');
  expect(await statusOf(FORM)).toBe('00');
  await order('down', 'accept', 'down');
  await expect(post(FORM)).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
});

it('leaves everything as it was when an order is not understood', async () => {
  for (const code of ['00', '5', 5, 'ab', null]) expect((await behave({ mode: 'reject', code })).status).toBe(400);
  expect(await (await ask('/api/behaviour')).json()).toEqual({ mode: 'accept' });
});

it('holds no more than a thousand messages', async () => {
  for (let batch = 0; batch < 21; batch += 1) {
    await Promise.all(Array.from({ length: 50 }, () => post(FORM)));
  }
  expect(gateway.messages()).toHaveLength(1000);
});

it('shows the messages on a page that escapes whatever they hold', async () => {
  await post({ ...FORM, shortMessage: '<script>alert(1)</script>' });
  const page = await (await ask('/')).text();
  expect(page).not.toContain('<script>alert');
  expect(page).toContain('&lt;script&gt;alert(1)');
  expect(page).toContain('+84901234567');
});
