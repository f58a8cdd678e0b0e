import { createHmac } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '@platform/kernel';
import { freePort } from '@platform/testing';
import { HttpSmsGateway } from '../../providers/http-sms-gateway.js';
import { type Behaviour, type SmsServer, startSmsServer } from '../../testing/sms-server.js';
import { type Configuration, Configurations } from '../configuration/configurations.js';
import { SendThroughProviders } from './send-through-providers.js';
import { SmsProviders } from './sms-providers.js';

const SMS = { id: 'sms-1', to: '+84901234567', text: 'NX: code 123456' };
const VNPAY = { kind: 'vnpay', sender: 'NX', keyword: 'OTP', partnerCode: 'nx', timeoutMs: 500 };

/** Rows as they are in the table; read anew for each SMS. */
class Rows extends Configurations {
  constructor(private readonly rows: Partial<Configuration>[]) {
    super();
  }
  find(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
  listGroup(group: string): Promise<Configuration[]> {
    expect(group).toBe('identity.sms');
    return Promise.resolve(this.rows as Configuration[]);
  }
}

const row = (name: string, value: object, credential = 's3cret') => ({
  code: `identity.sms.${name}`,
  value,
  credential,
});
const http = (url: string, more: object = {}) => ({
  kind: 'http',
  url,
  timeoutMs: 500,
  fields: { to: '{{to}}', text: '{{text}}' },
  success: { path: 'status', equals: '00' },
  ...more,
});
function sender(...rows: Partial<Configuration>[]) {
  const providers = new SmsProviders(new Rows(rows), { development: false });
  return new SendThroughProviders(providers, new HttpSmsGateway(systemClock), systemClock);
}

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
const both = () =>
  sender(row('b', { ...VNPAY, url: second.url, order: 2 }), row('a', { ...VNPAY, url: first.url, order: 1 }));
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
  it.each<[string, Behaviour, string]>([
    ['the gateway’s own time-out', [200, { status: '08' }], 'code 08'],
    ['an unknown code', [200, { status: '99' }], 'code 99'],
    ['no code', [200, {}], 'code absent'],
    ['an empty answer', [200, ''], 'no JSON'],
    ['an answer that is no JSON', [200, '<html>'], 'no JSON'],
    ['a broken gateway', [500, { status: '05' }], 'http 500'],
    ['a proxy that waits no longer', [504, ''], 'http 504'],
    ['a redirect', [307, ''], 'http 307'],
    ['no answer', () => undefined, 'no answer in time'],
    ['an answer that does not end', slowly, 'no answer in time'],
    ['an answer that is too long', endless, 'broken answer'],
    ['a reset before the answer', reset, 'ECONNRESET'],
    ['a reset in the answer', cut, 'ECONNRESET'],
  ])('that may have gone out is sent once: %s', async (_what, behaviour, reason) => {
    first.behaviour['*'] = behaviour;
    expect(await both().send(SMS)).toEqual({ kind: 'unknown', provider: 'a', reason });
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

describe('a provider over HTTP', () => {
  const only = (value: object, credential?: string) => sender(row('p', value, credential));
  const received = () => first.received.at(-1)!;

  it('in the manner of eSMS: credentials in the body, success by a code', async () => {
    first.behaviour['*'] = [200, { CodeResult: '100', SMSID: 'e-1' }];
    const esms = http(first.url, {
      auth: { kind: 'body' },
      fields: { ApiKey: 'k', SecretKey: '{{credential}}', Phone: '{{to|national}}', Content: '{{text}}', SmsType: '2' },
      success: { path: 'CodeResult', equals: '100' },
      codePath: 'CodeResult',
      codeMap: { 101: 'authentication', 103: 'quota' },
      messageIdPath: 'SMSID',
    });
    expect(await only(esms).send(SMS)).toEqual({ kind: 'accepted', provider: 'p', providerMessageId: 'e-1' });
    expect(JSON.parse(received().body)).toMatchObject({ SecretKey: 's3cret', Phone: '0901234567' });
    first.behaviour['*'] = [200, { CodeResult: 103 }];
    expect(await only(esms).send(SMS)).toMatchObject({ kind: 'transient', reason: 'quota, code 103' });
  });

  it('in the manner of SpeedSMS: Basic, a list of numbers', async () => {
    first.behaviour['*'] = [200, { status: 'success', data: { tranId: 7 } }];
    const speed = http(first.url, {
      auth: { kind: 'basic', username: '{{credential}}', password: 'x' },
      fields: { to: ['{{to|international}}'], content: '{{text}}', sms_type: 2, sender: null },
      success: { path: 'status', equals: 'success' },
      messageIdPath: 'data.tranId',
    });
    expect(await only(speed).send(SMS)).toMatchObject({ kind: 'accepted', providerMessageId: '7' });
    expect(received().headers.authorization).toBe(`Basic ${Buffer.from('s3cret:x').toString('base64')}`);
    expect(JSON.parse(received().body)).toEqual({ to: ['84901234567'], content: SMS.text, sms_type: 2, sender: null });
  });

  it('in the manner of FPT: a token by client credentials, the text in base64', async () => {
    first.behaviour['/token'] = [200, { access_token: 't-1', expires_in: 86_400 }];
    first.behaviour['*'] = [200, { MessageId: 9 }];
    const fpt = http(first.url, {
      auth: {
        kind: 'oauth2-client-credentials',
        tokenUrl: new URL('/token', first.url).href,
        clientId: 'c',
        encoding: 'json',
        parameters: { scope: 'send_brandname_otp', session_id: 'nx' },
        placement: 'fields',
      },
      fields: { access_token: '{{token}}', Phone: '{{to|international}}', Message: '{{text|base64}}' },
      success: { path: 'MessageId' },
      codePath: 'error',
      codeMap: { 1011: 'authentication' },
    });
    const subject = only(fpt);
    const sent = await Promise.all([subject.send(SMS), subject.send(SMS), subject.send(SMS)]);
    expect(sent.map(({ kind }) => kind)).toEqual(['accepted', 'accepted', 'accepted']);
    const tokens = () => first.received.filter(({ path }) => path === '/token');
    expect(tokens()).toHaveLength(1);
    expect(JSON.parse(tokens()[0]!.body)).toEqual({
      grant_type: 'client_credentials',
      client_id: 'c',
      client_secret: 's3cret',
      scope: 'send_brandname_otp',
      session_id: 'nx',
    });
    expect(JSON.parse(received().body)).toEqual({
      access_token: 't-1',
      Phone: '84901234567',
      Message: Buffer.from(SMS.text).toString('base64'),
    });
    first.behaviour['*'] = [401, { error: 1011 }];
    expect(await subject.send(SMS)).toMatchObject({ kind: 'transient', reason: 'authentication, code 1011' });
    first.behaviour['*'] = [200, { MessageId: 10 }];
    expect(await subject.send(SMS)).toMatchObject({ kind: 'accepted' });
    expect(tokens()).toHaveLength(2);
  });

  it.each<[string, Behaviour]>([
    ['refused', [401, { error: 's3cret is wrong' }]],
    ['odd', [200, 'nonsense']],
    ['reset', (_response, socket) => socket.resetAndDestroy()],
  ])('without a token (%s) has certainly not sent, and goes to the next provider', async (_how, behaviour) => {
    first.behaviour['*'] = behaviour;
    const auth = { kind: 'oauth2-client-credentials', tokenUrl: first.url, clientId: 'c' };
    const subject = sender(
      row('a', http(second.url, { auth, order: 1 })),
      row('b', { ...VNPAY, url: second.url, order: 2 }),
    );
    expect(await subject.send(SMS)).toMatchObject({ kind: 'accepted', provider: 'b' });
    expect(calls()).toEqual([1, 1]);
    expect(said.join()).not.toContain('s3cret');
  });

  it('in the manner of Stringee: a JWT for each call', async () => {
    const stringee = http(first.url, {
      auth: {
        kind: 'jwt',
        header: 'X-STRINGEE-AUTH',
        prefix: '',
        issuer: 'SK.1',
        joseHeader: { cty: 'stringee-api;v=1', alg: 'none' },
        claims: { rest_api: true },
      },
      fields: { sms: { from: 'NX', to: '{{to|international}}', text: '{{text}}' } },
    });
    expect(await only(stringee).send(SMS)).toMatchObject({ kind: 'accepted' });
    const token = received().headers['x-stringee-auth'] as string;
    const [header, claims, signature] = token.split('.') as [string, string, string];
    const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>;
    expect(decode(header)).toEqual({ alg: 'HS256', typ: 'JWT', cty: 'stringee-api;v=1' });
    expect(decode(claims)).toMatchObject({ iss: 'SK.1', rest_api: true });
    expect(Number(decode(claims)['exp']) - Number(decode(claims)['iat'])).toBe(300);
    expect(signature).toBe(createHmac('sha256', 's3cret').update(`${header}.${claims}`).digest('base64url'));
  });

  it('takes forms, addresses and headers, and values stay values in them', async () => {
    const text = 'a&to=1 "quoted" {{credential}}';
    await only(http(first.url, { encoding: 'form', auth: { kind: 'bearer' } })).send({ ...SMS, text });
    expect(Object.fromEntries(new URLSearchParams(received().body))).toEqual({ to: SMS.to, text });
    expect(received().headers.authorization).toBe('Bearer s3cret');
    await only(http(`${first.url}?v=1`, { method: 'GET', auth: { kind: 'header', name: 'X-Key' } })).send({
      ...SMS,
      text,
    });
    const { searchParams } = new URL(received().path, first.url);
    expect(Object.fromEntries(searchParams)).toEqual({ v: '1', to: SMS.to, text });
    expect(received().headers['x-key']).toBe('s3cret');
    await only(http(first.url)).send({ ...SMS, text });
    expect(JSON.parse(received().body)).toEqual({ to: SMS.to, text });
  });

  it('with a credential that no header can hold sends nothing and tells nothing', async () => {
    const subject = only(http(first.url, { auth: { kind: 'bearer' } }), 's3cret\r\nX: y');
    expect(await subject.send(SMS)).toEqual({ kind: 'transient', provider: 'p', reason: 'request cannot be made' });
    expect(calls()).toEqual([0, 0]);
  });
});
