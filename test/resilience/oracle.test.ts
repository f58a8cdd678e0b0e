import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import nodemailer from 'nodemailer';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort, startMailCatcher, startSmsGateway } from '@platform/testing';
import { Caller } from './faults/caller.js';
import { Ledger, type Order } from './faults/ledger.js';
import { judgeMessages } from './faults/verdict.js';
import { enterCode, expectCounts, expectOver, type World } from './faults/people.js';

let server: Server | undefined;
afterEach(() => void server?.close());

/** People among services that give one answer to everything: the oracle itself is tried here, not the service. */
async function amongLiars(status: number, body: object = {}, headers: Record<string, string> = {}) {
  server = createServer((_request, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return peopleAt((server.address() as AddressInfo).port);
}

function peopleAt(port: number, silent = false) {
  const ledger = new Ledger();
  const statuses = new Set(['200', '401', '500', '503']);
  const paths = ['/auth/who-am-i', '/auth/token/refresh', '/otp/verify', '/internal/policies/check'];
  const documented = new Map(paths.flatMap((path) => ['GET', 'POST'].map((method) => [`${method} ${path}`, statuses])));
  const origins = () => [0, 1].map(() => `http://127.0.0.1:${port}`);
  const place = { ledger, documented, origins, isSilent: () => silent };
  const officer = { token: '', permission: { id: '1', code: 'orders' }, sister: {} };
  const world: World = { ledger, newCaller: () => new Caller(place), codeFor: () => '123456', officer };
  return { ledger, caller: new Caller(place), world };
}

const whoAmI = { method: 'GET', path: '/auth/who-am-i' };
const session = { refreshToken: 'r', accessToken: 'a', ended: true };
const order = (): Order => ({
  namespace: 'verify-email',
  to: 'ana@example.com',
  at: 0,
  challengeId: 'c',
  accepted: 0,
  entered: false,
});

describe('the oracle sees', () => {
  it.each([
    ['a failure, though the document has it', 500, {}, { 'Retry-After': '1' }, /500/],
    ['a status that the document does not have', 403, {}, {}, /undocumented 403/],
    [
      'a refusal that does not say when to come again',
      503,
      { code: 'database.unavailable' },
      {},
      /without Retry-After/,
    ],
    ['a refusal that does not say why', 503, {}, { 'Retry-After': '1' }, /without a code/],
  ])('%s', async (_what, status, body, headers, wrong) => {
    const { ledger, caller } = await amongLiars(status, body, headers);
    await caller.ask('who-am-i', whoAmI);
    expect(ledger.wrongs).toEqual([expect.stringMatching(wrong)]);
  });

  it('silence, unless it is excused', async () => {
    const port = await freePort();
    const [one, other] = [peopleAt(port), peopleAt(port, true)];
    await Promise.all([one, other].map(({ caller }) => caller.ask('who-am-i', whoAmI)));
    expect(one.ledger.wrongs).toEqual([expect.stringMatching(/no answer of API/)]);
    expect(other.ledger.wrongs).toEqual([]);
  });

  it('a session that came back', async () => {
    const { ledger, caller } = await amongLiars(200);
    await expect(expectOver(caller, session)).rejects.toThrow(/401 was due, not 200/);
    expect(ledger.wrongs).toHaveLength(1);
  });

  it('a session that was lost', async () => {
    const { ledger, caller } = await amongLiars(401);
    const question = { method: 'POST', path: '/auth/token/refresh', body: {} };
    await expect(caller.insist('refresh', question, [200])).rejects.toThrow(/200 was due, not 401/);
    expect(ledger.wrongs).toHaveLength(1);
  });

  it('a code that was accepted twice, and one that never was', async () => {
    const twice = await amongLiars(200, {});
    await expect(enterCode(twice.world, twice.caller, order())).rejects.toThrow('one code was accepted twice');
    server?.close();
    const never = await amongLiars(401, {});
    await expect(enterCode(never.world, never.caller, order())).rejects.toThrow('a right code was refused');
    expect([...twice.ledger.wrongs, ...never.ledger.wrongs]).toHaveLength(2);
  });

  it('a revocation that does not count', async () => {
    const { ledger, caller, world } = await amongLiars(200, { allowed: true });
    await expect(expectCounts(world, caller, { userId: '1', allowed: false }, 100)).rejects.toThrow(/long after/);
    expect(ledger.wrongs).toHaveLength(1);
  });

  it('a message that was sent twice, but a mail again where the row says so', async () => {
    const [mail, sms] = await Promise.all([startMailCatcher(), startSmsGateway()]);
    try {
      const ledger = new Ledger();
      ledger.orders.push(order(), { ...order(), to: '+84901234567' });
      for (const id of ['one', 'one', 'other']) await sendMail(mail.smtpPort, `<${id}@nx-seller.test>`);
      for (const messageId of ['1', '1']) await sendSms(sms.sendUrl, messageId);
      judgeMessages({}, { mail, sms }, ledger);
      judgeMessages({ mailsMayRepeat: true }, { mail, sms }, ledger);
      const always = ['2 mails for one order', 'an SMS was sent twice'];
      expect(ledger.wrongs).toEqual([...always, '1 mails were sent twice', ...always]);
    } finally {
      await Promise.all([mail.stop(), sms.stop()]);
    }
  });
});

async function sendMail(port: number, messageId: string): Promise<void> {
  const transport = nodemailer.createTransport({ host: '127.0.0.1', port, ignoreTLS: true });
  await transport.sendMail({ from: 'no-reply@nx-seller.test', to: 'ana@example.com', messageId, text: 'x' });
}

async function sendSms(url: string, messageId: string): Promise<void> {
  const body = {
    messageId,
    destination: '84901234567',
    sender: 'NXSELLER',
    keyword: 'OTP',
    shortMessage: 'x',
    encryptMessage: '',
    isEncrypt: 0,
    type: 0,
    requestTime: 1_800_000_000,
    partnerCode: 'dev',
    sercretKey: 'dev',
  };
  const headers = { 'Content-Type': 'application/json' };
  await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
}
