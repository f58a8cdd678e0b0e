import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { renderMetrics } from '@platform/telemetry';
import { freePort } from '@platform/testing';
import { row, sender } from '../../testing/sms-sender.js';
import { type Behaviour, type SmsServer, startSmsServer } from '../../testing/sms-server.js';

const SMS = { id: 'sms-1', to: '+84901234567', text: 'NX: code 123456' };
const VNPAY = { kind: 'vnpay', sender: 'NX', keyword: 'OTP', partnerCode: 'nx', timeoutMs: 5000 };

let first: SmsServer;
let second: SmsServer;
let said: string[];

beforeEach(async () => {
  [first, second] = [await startSmsServer(), await startSmsServer()];
  said = [];
  for (const level of ['warn', 'error'] as const) {
    vi.spyOn(Logger.prototype, level).mockImplementation((...words) => void said.push(JSON.stringify(words)));
  }
});
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all([first.stop(), second.stop()]);
});
const both = (vnpay = VNPAY) =>
  sender(row('b', { ...vnpay, url: second.url, order: 2 }), row('a', { ...vnpay, url: first.url, order: 1 }));
const calls = () => [first.received.length, second.received.length];

describe('an SMS', () => {
  it('goes to the first provider in VNPAY’s form', async () => {
    first.behaviour['*'] = [200, { messageId: 'sms-1', status: '00', description: 'ok' }];
    expect(await both().send(SMS)).toEqual({ kind: 'accepted', provider: 'a', providerMessageId: 'sms-1' });
    expect(calls()).toEqual([1, 0]);
    const [{ method, headers, body }] = first.received as [SmsServer['received'][0]];
    expect([method, headers['content-type'], headers.connection]).toEqual(['POST', 'application/json', 'close']);
    const { requestTime, ...fields } = JSON.parse(body) as Record<string, unknown>;
    expect(Math.abs(Number(requestTime) - Date.now() / 1000)).toBeLessThan(60);
    expect(typeof requestTime).toBe('number');
    expect(fields).toEqual({
      messageId: 'sms-1',
      destination: '0901234567',
      sender: 'NX',
      keyword: 'OTP',
      shortMessage: 'NX: code 123456',
      encryptMessage: '',
      isEncrypt: 0,
      type: 0,
      partnerCode: 'nx',
      sercretKey: 's3cret',
    });
  });

  it('goes by the order that is configured, whatever the names', async () => {
    const subject = sender(
      row('a', { ...VNPAY, url: second.url }),
      row('z', { ...VNPAY, url: first.url, order: 1 }),
      row('m', { ...VNPAY, url: second.url, order: 2 }),
    );
    expect(await subject.send(SMS)).toMatchObject({ provider: 'z' });
  });

  it('keeps its id over retries, in what the provider takes of it', async () => {
    const long = { ...SMS, id: 'm'.repeat(40) };
    await both().send(long);
    await both().send(long);
    const ids = first.received.map(({ body }) => (JSON.parse(body) as { messageId: string }).messageId);
    expect(ids[0]).toMatch(/^[\da-f]{32}$/);
    expect(ids[1]).toBe(ids[0]);
  });

  it.each(['04', '05', '06', '80'])('goes to the next provider after %s, which is certain', async (status) => {
    first.behaviour['*'] = [200, { status }];
    expect(await both().send(SMS)).toMatchObject({ kind: 'accepted', provider: 'b' });
    expect(calls()).toEqual([1, 1]);
    expect(said.join()).not.toMatch(/s3cret|123456|0901234567/);
  });

  it('is counted for each provider that was called, from 0', async () => {
    const count = async (provider: string, outcome: string) =>
      Number(
        new RegExp(
          `^identity_sms_provider_calls_total\\{provider="${provider}",outcome="${outcome}"\\} (\\d+)$`,
          'm',
        ).exec(await renderMetrics())?.[1],
      );
    const read = () => Promise.all([count('a', 'transient'), count('b', 'accepted'), count('b', 'unknown')]);
    first.behaviour['*'] = [200, { status: '04' }];
    await both().send(SMS);
    const [failed, accepted] = await read();
    await both().send(SMS);
    expect(await read()).toEqual([failed + 1, accepted + 1, 0]);
  });

  it.each(['01', '02', '11', '12'])('is given up after %s: no other provider could do better', async (status) => {
    first.behaviour['*'] = [200, { status }];
    expect(await both().send(SMS)).toEqual({ kind: 'permanent', provider: 'a', reason: `code ${status}` });
    expect(calls()).toEqual([1, 0]);
  });

  const reset: Behaviour = (_response, socket) => socket.resetAndDestroy();
  const cut: Behaviour = (response, socket) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{"status":', () => socket.resetAndDestroy());
  };
  const endless: Behaviour = (response) => {
    response.writeHead(200);
    response.write('x'.repeat(70_000));
  };
  const slowly: Behaviour = (response) => {
    response.writeHead(200);
    response.write('{');
  };
  const mute: Behaviour = () => undefined;
  it.each<[string, Behaviour, string]>([
    ['the gateway’s own time-out', [200, { status: '08' }], 'code 08'],
    ['an unknown code', [200, { status: '99' }], 'code 99'],
    ['no code', [200, {}], 'code absent'],
    ['an empty answer', [200, ''], 'no JSON'],
    ['an answer that is no JSON', [200, '<html>'], 'no JSON'],
    ['a broken gateway', [500, { status: '05' }], 'http 500'],
    ['a proxy that waits no longer', [504, ''], 'http 504'],
    ['a redirect', [307, ''], 'http 307'],
    ['no answer', mute, 'no answer in time'],
    ['an answer that does not end', slowly, 'no answer in time'],
    ['an answer that is too long', endless, 'broken answer'],
    ['a reset before the answer', reset, 'ECONNRESET'],
    ['a reset in the answer', cut, 'ECONNRESET'],
  ])('that may have gone out is sent once: %s', async (_what, behaviour, reason) => {
    first.behaviour['*'] = behaviour;
    const timeoutMs = behaviour === mute || behaviour === slowly ? 500 : VNPAY.timeoutMs;
    expect(await both({ ...VNPAY, timeoutMs }).send(SMS)).toEqual({ kind: 'unknown', provider: 'a', reason });
    expect(calls()).toEqual([1, 0]);
  });

  it.each<[string, () => Promise<string>, string]>([
    ['nobody listens', async () => `http://127.0.0.1:${await freePort()}/`, 'ECONNREFUSED'],
    ['the name is unknown', async () => await Promise.resolve('https://sms.invalid/'), ''],
    ['the other side speaks no TLS', async () => await Promise.resolve(first.url.replace('http:', 'https:')), ''],
  ])('that cannot have gone out goes to the next provider: %s', async (_what, url, reason) => {
    const subject = sender(
      row('a', { ...VNPAY, url: await url(), order: 1 }),
      row('b', { ...VNPAY, url: second.url, order: 2 }),
    );
    expect(await subject.send(SMS)).toMatchObject({ kind: 'accepted', provider: 'b' });
    expect(calls()).toEqual([0, 1]);
    expect(said[0]).toContain(reason);
  });

  it('that meets a silent TLS server was not written, and goes to the next provider', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
    const subject = sender(row('a', { ...VNPAY, url, order: 1 }), row('b', { ...VNPAY, url: second.url, order: 2 }));
    expect(await subject.send(SMS)).toMatchObject({ kind: 'accepted', provider: 'b' });
    expect(said[0]).toContain('no connection in time');
    silent.close();
  });

  it('ends with the last certain failure when all fail, and may be tried again', async () => {
    first.behaviour['*'] = [200, { status: '04' }];
    second.behaviour['*'] = [200, { status: '05' }];
    expect(await both().send(SMS)).toEqual({ kind: 'transient', provider: 'b', reason: 'code 05' });
    expect(calls()).toEqual([1, 1]);
  });

  it('in Unicode is sent by nobody', async () => {
    expect(await both().send({ ...SMS, text: 'Mã 1' })).toMatchObject({ kind: 'permanent', reason: 'text' });
    expect(calls()).toEqual([0, 0]);
  });

  it('passes over providers that are disabled or cannot be used, and says so once', async () => {
    const subject = sender(
      row('off', { ...VNPAY, url: first.url, order: 0, enabled: false }),
      row('bad', { ...VNPAY, url: first.url, sender: 'far too long a name' }),
      row('plain', { ...VNPAY, url: 'http://sms.example/', order: 0 }),
      { code: 'identity.sms.bare', value: { ...VNPAY, url: first.url } },
      row('good', { ...VNPAY, url: second.url }),
    );
    for (let times = 0; times < 2; times += 1) {
      expect(await subject.send(SMS)).toMatchObject({ kind: 'accepted', provider: 'good' });
    }
    expect(calls()).toEqual([0, 2]);
    expect(said).toHaveLength(3);
    expect(said.join()).not.toMatch(/far too long|s3cret/);
  });

  it('waits for a repair when no provider can be used, and for one when there is none', async () => {
    const broken = sender(row('bad', { kind: 'smoke signals' }));
    expect(await broken.send(SMS)).toEqual({ kind: 'transient', provider: 'bad', reason: 'configuration.unusable' });
    await expect(sender().send(SMS)).rejects.toMatchObject({ code: 'notification.not-configured' });
  });

  it('over the rate of a provider waits for its place, or goes to the next', async () => {
    const limited = { ...VNPAY, url: first.url, order: 1, ratePerSecond: 2 };
    const subject = sender(row('a', limited), row('b', { ...VNPAY, url: second.url, order: 2 }));
    await Promise.all(Array.from({ length: 5 }, () => subject.send(SMS)));
    expect(calls()).toEqual([3, 2]);
  });
});
