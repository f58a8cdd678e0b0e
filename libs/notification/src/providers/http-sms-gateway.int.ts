import { createHmac } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { http, row, sender } from '../testing/sms-sender.js';
import { type Behaviour, type SmsServer, startSmsServer } from '../testing/sms-server.js';

const SMS = { id: 'sms-1', to: '+84901234567', text: 'NX: code 123456' };
const VNPAY = { kind: 'vnpay', sender: 'NX', partnerCode: 'nx', timeoutMs: 5000 };

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
const calls = () => [first.received.length, second.received.length];

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
