import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { Controller, Get, Module, Post, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { poll } from '@platform/testing';
import { Public } from './access.js';
import { configureHttp, createAdapter } from './configure-http.js';
import { beginEventStream } from './event-stream.js';
import { HttpModule } from './http.module.js';

/** How long the stream goes on. */
const STREAM_MS = 300;

@Public()
@Controller()
class AddressController {
  @Get('address')
  address(@Req() { ip }: FastifyRequest) {
    return { ip };
  }

  @Get('fault')
  fault() {
    throw new Error('relation "identity.User" does not exist at /srv/app/x.js:1:2');
  }

  @Get('stream')
  async stream(@Req() request: FastifyRequest, @Res() reply: FastifyReply) {
    const response = beginEventStream(request, reply);
    response.write('event: one\n\n');
    await setTimeout(STREAM_MS);
    response.end();
  }

  @Get('never')
  async never() {
    await new Promise(() => undefined);
  }

  @Post('things')
  makeThing() {
    return {};
  }

  @Get('things/:id')
  thing() {
    return {};
  }
}

let app: NestFastifyApplication | undefined;
const lines: Record<string, unknown>[] = [];

afterEach(async () => {
  await app?.close();
  lines.length = 0;
});

async function start(trustedProxyHops: number): Promise<NestFastifyApplication> {
  class ApiModule {}
  Module({ imports: [HttpModule], controllers: [AddressController] })(ApiModule);
  const sink = { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) };
  const adapter = createAdapter({ trustedProxyHops, logger: pino({ level: 'info' }, sink) });
  app = await NestFactory.create<NestFastifyApplication>(ApiModule, adapter, {
    logger: false,
    abortOnError: false,
    bodyParser: false,
  });
  configureHttp(app);
  await app.init();
  return app;
}

const get = async (url: string, headers: Record<string, string> = {}) =>
  await app!.inject({ method: 'GET', url: `/v1/api/identity${url}`, headers, remoteAddress: '10.9.9.9' });

async function addressBehind(hops: number, forwarded?: string): Promise<string> {
  await start(hops);
  const response = await get('/address', forwarded === undefined ? {} : { 'x-forwarded-for': forwarded });
  return response.json<{ ip: string }>().ip;
}

describe('the client address', () => {
  it.each([
    ['without a proxy, is that of the connection', 0, undefined, '10.9.9.9'],
    ['without a proxy, is never what the client writes', 0, '1.1.1.1', '10.9.9.9'],
    ['without a proxy, is never what the client writes, however often', 0, '1.1.1.1, 2.2.2.2', '10.9.9.9'],
    ['behind one proxy, is what that one saw', 1, '1.1.1.1', '1.1.1.1'],
    ['behind one proxy, is not what the client wrote before it', 1, '6.6.6.6, 1.1.1.1', '1.1.1.1'],
    ['behind one proxy, is not what the client wrote, however much', 1, '6.6.6.6, 7.7.7.7, 1.1.1.1', '1.1.1.1'],
    ['behind two proxies, is what the outer one saw', 2, '1.1.1.1, 10.0.0.1', '1.1.1.1'],
    ['behind two proxies, is not what the client wrote', 2, '6.6.6.6, 1.1.1.1, 10.0.0.1', '1.1.1.1'],
    ['behind a proxy that wrote nothing, is the proxy', 1, undefined, '10.9.9.9'],
    ['behind two proxies of which one wrote, is what that one saw', 2, '10.0.0.1', '10.0.0.1'],
  ])('%s', async (_what, hops, forwarded, ip) => {
    expect(await addressBehind(hops, forwarded)).toBe(ip);
  });

  it.each(['forwarded', 'x-real-ip', 'x-client-ip', 'true-client-ip', 'cf-connecting-ip'])(
    'is never taken from %s',
    async (name) => {
      await start(1);
      expect((await get('/address', { [name]: '6.6.6.6' })).json<{ ip: string }>().ip).toBe('10.9.9.9');
    },
  );
});

describe('an answer', () => {
  it('to a fault of ours is a problem document without the fault [ASVS 16.5.1]', async () => {
    await start(0);
    const response = await get('/fault', { 'x-request-id': 'mine' });
    expect(response.statusCode).toBe(500);
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(response.json()).toEqual({
      type: 'urn:nx-seller-identity:problem:service.unexpected',
      title: 'Unexpected error',
      status: 500,
      detail: 'Something went wrong on our side.',
      instance: '/v1/api/identity/fault',
      code: 'service.unexpected',
      requestId: 'mine',
    });
  });

  it.each([
    ['/address', 200],
    ['/fault', 500],
    ['/nothing', 404],
  ])('to %s carries the security headers, the request id and is not cached', async (url, status) => {
    await start(0);
    const { headers, statusCode } = await get(url);
    expect(statusCode).toBe(status);
    expect(headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['strict-transport-security']).toMatch(/max-age=\d{8}/);
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers.server).toBeUndefined();
  });

  it.each([
    ['/things/%zz', 400, 'request.malformed'],
    ['/things/%ff', 400, 'request.malformed'],
    ['/%', 400, 'request.malformed'],
    [`/things/${'1'.repeat(129)}`, 404, 'request.not-found'],
  ])('to %s, which the router refuses, is a problem document too', async (url, status, code) => {
    await start(0);
    const { headers, statusCode, json } = await get(url, { 'x-request-id': 'mine' });
    expect(statusCode).toBe(status);
    expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(headers['x-request-id']).toBe('mine');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(json()).toMatchObject({ status, code, instance: `/v1/api/identity${url}`, requestId: 'mine' });
  });

  it('is told of in one line, which names the route and not what the caller filled into it', async () => {
    await start(0);
    await get('/things/secret?token=secret', { 'x-request-id': 'mine' });
    expect(lines).toEqual([
      expect.objectContaining({ msg: 'request', requestId: 'mine', route: '/v1/api/identity/things/:id', status: 200 }),
    ]);
    expect(JSON.stringify(lines)).not.toContain('secret');
  });

  it.each([
    ['the answer', '/v1/api/identity/never', 'GET /v1/api/identity/never HTTP/1.1\r\nHost: a\r\n\r\n'],
    [
      'the end of its own body',
      '/v1/api/identity/things',
      'POST /v1/api/identity/things HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
    ],
  ])('is told of once, as hung up, when its caller is gone before %s', async (_what, route, bytes) => {
    await (await start(0)).listen(0, '127.0.0.1');
    const server = app!.getHttpServer();
    const began = once(server, 'request');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(bytes);
    await began;
    socket.destroy();
    await poll('the line', 5, () => lines.length > 0 || undefined);
    expect(lines).toEqual([expect.objectContaining({ msg: 'request', route, status: 499 })]);
  });

  it('that goes on as a stream has the same headers, and is told of once, when it begins', async () => {
    await start(0);
    const { headers, body } = await get('/stream');
    expect(body).toBe('event: one\n\n');
    expect(headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      'x-request-id': expect.any(String),
    });
    expect(lines).toEqual([expect.objectContaining({ msg: 'request', status: 200, durationMs: expect.any(Number) })]);
    expect(lines[0]?.durationMs).toBeLessThan(STREAM_MS);
  });
});
