import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { type Settings, SettingsModule } from '@platform/config';
import { BASE_PATH } from '@platform/http';
import { renderMetrics } from '@platform/telemetry';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GenerateKey, JwksModule, KeyDirectory, KeyRingHolder, TokenSigner, TokenVerifier } from '../index.js';
import { seconds, START, testClock, TTL_SECONDS } from '../testing/keys.js';
import { settings, subject } from '../testing/tokens.js';
import { jwkSetSchema } from './jwk-set.schema.js';

const LEAD_SECONDS = 3600;
/** When the first key's last token is over. */
const FIRST_GONE = LEAD_SECONDS + TTL_SECONDS + 60;
const clock = testClock();
let keysDir: string;
let app: NestFastifyApplication;

async function createApp(directory: string): Promise<NestFastifyApplication> {
  const jwt: Settings['jwt'] = { ...settings, keysDir: directory, otherAudiences: [] };
  const created = await NestFactory.create<NestFastifyApplication>(
    rootModule({ jwt } as Settings),
    new FastifyAdapter(),
    {
      logger: false,
      abortOnError: false,
    },
  );
  created.setGlobalPrefix(BASE_PATH, { exclude: ['jw-certs'] });
  return created;
}

function rootModule(all: Settings): Type {
  @Module({ imports: [SettingsModule.forRoot(all, clock), JwksModule] })
  class RootModule {}
  return RootModule;
}

const get = (headers: Record<string, string> = {}, method: 'GET' | 'HEAD' | 'POST' = 'GET') =>
  app.inject({ method, url: '/jw-certs', headers });

beforeAll(async () => {
  keysDir = await mkdtemp(join(tmpdir(), 'jwks-http-'));
  const generateKey = new GenerateKey(new KeyDirectory(keysDir), clock);
  await generateKey.execute();
  await generateKey.execute({ leadSeconds: LEAD_SECONDS, alg: 'PS256', force: true });
  app = await createApp(keysDir);
  await app.listen(0, '127.0.0.1');
});
beforeEach(() => clock.set(START));
afterAll(async () => {
  await app?.close();
  await rm(keysDir, { recursive: true, force: true });
});

describe('GET /jw-certs', () => {
  it('is outside the base path, and only there', async () => {
    expect((await get()).statusCode).toBe(200);
    expect((await app.inject(`${BASE_PATH}/jw-certs`)).statusCode).toBe(404);
  });

  it('answers the public JWK set with its headers', async () => {
    const response = await get();
    expect(response.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'public, max-age=300',
      etag: expect.stringMatching(/^"[A-Za-z0-9_-]{43}"$/),
    });
    const { keys } = jwkSetSchema.parse(response.json());
    expect(keys.map(({ alg }) => alg)).toEqual(['ES256', 'PS256']);
  });

  it('holds no private member, which the schema would refuse', async () => {
    const body = (await get()).body;
    for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']) expect(body).not.toContain(`"${member}":`);
    const { keys } = JSON.parse(body) as { keys: object[] };
    expect(jwkSetSchema.safeParse({ keys: [{ ...keys[0], d: 'AA' }] }).success).toBe(false);
  });

  it('may be cached no longer than the set holds', async () => {
    const cacheControl = async (time: Date) => {
      clock.set(time);
      return (await get()).headers['cache-control'];
    };
    expect(await cacheControl(seconds(FIRST_GONE - 42))).toBe('public, max-age=42');
    expect(await cacheControl(seconds(FIRST_GONE - 0.5))).toBe('public, max-age=1');
    expect(await cacheControl(seconds(FIRST_GONE))).toBe('public, max-age=300');
  });

  it('changes its ETag with the set', async () => {
    const { etag = '' } = (await get()).headers;
    clock.set(seconds(FIRST_GONE));
    const later = await get({ 'if-none-match': etag });
    expect(later.statusCode).toBe(200);
    expect(later.headers.etag).not.toBe(etag);
    expect(jwkSetSchema.parse(later.json()).keys.map(({ alg }) => alg)).toEqual(['PS256']);
  });

  it.each([
    ['the tag', (etag: string) => etag],
    ['its weak form', (etag: string) => `W/${etag}`],
    ['a list', (etag: string) => `"x", W/"y", ${etag}`],
    ['*', () => '*'],
  ])('answers 304 without a body to %s', async (_name, header) => {
    const fresh = await get();
    const response = await get({ 'if-none-match': header(String(fresh.headers.etag)) });
    expect(response.statusCode).toBe(304);
    expect(response.body).toBe('');
    expect(response.headers).toMatchObject({
      etag: fresh.headers.etag,
      'cache-control': fresh.headers['cache-control'],
    });
    expect(response.headers).not.toHaveProperty('content-type');
  });

  it('answers 200 to another tag', async () => {
    expect((await get({ 'if-none-match': '"x"' })).statusCode).toBe(200);
  });

  it('answers HEAD with the same headers and no body', async () => {
    const [head, full] = [await get({}, 'HEAD'), await get()];
    expect(head.statusCode).toBe(200);
    expect(head.body).toBe('');
    expect(head.headers.etag).toBe(full.headers.etag);
    expect(head.headers['content-length']).toBe(full.headers['content-length']);
  });

  it('is documented with its schema, headers and 304', () => {
    const document = SwaggerModule.createDocument(app, new DocumentBuilder().setOpenAPIVersion('3.1.0').build());
    const responses = document.paths['/jw-certs']?.get?.responses ?? {};
    expect(responses['200']).toMatchObject({
      headers: { ETag: {}, 'Cache-Control': {} },
      content: { 'application/json': { schema: expect.objectContaining({ $ref: '#/components/schemas/JwkSet' }) } },
    });
    expect(responses['304']).toMatchObject({ headers: { ETag: {}, 'Cache-Control': {} } });
    expect(responses['304']).not.toHaveProperty('content');
  });
});

describe('the module', () => {
  it('signs what jose verifies over HTTP, and what it verifies itself', async () => {
    const { token } = app.get(TokenSigner).sign(subject);
    const { payload } = await jwtVerify(token, createRemoteJWKSet(new URL('/jw-certs', await app.getUrl())), {
      issuer: settings.issuer,
      audience: settings.audience,
      typ: 'at+jwt',
      currentDate: START,
    });
    expect(payload).toEqual(app.get(TokenVerifier).verify(token));
  });

  it('counts keys for the metric', () => {
    expect(app.get(KeyRingHolder).current().count(START)).toEqual({ next: 1, signing: 1, retired: 0 });
  });

  it('shows its keys in the metrics as time moves them on', async () => {
    const [first, second] = app.get(KeyRingHolder).current().published(START);
    const series = async (time: Date) => {
      clock.set(time);
      return (await renderMetrics()).split('\n').filter((line) => /^identity_(?:signing|key)/.test(line));
    };
    const at = (next: number, retired: number, kid?: string) => [
      'identity_key_ring_reload_failures_total 0',
      `identity_signing_keys{state="next"} ${next}`,
      'identity_signing_keys{state="signing"} 1',
      `identity_signing_keys{state="retired"} ${retired}`,
      `identity_signing_key_info{kid="${kid}"} 1`,
    ];
    expect(await series(START)).toEqual(at(1, 0, first?.kid));
    expect(await series(seconds(LEAD_SECONDS))).toEqual(at(0, 1, second?.kid));
    expect(await series(seconds(FIRST_GONE))).toEqual(at(0, 0, second?.kid));
  });

  it('refuses to start without keys', async () => {
    await expect(createApp(join(keysDir, 'none'))).rejects.toMatchObject({ code: 'keys.unreadable', level: 'error' });
  });
});
