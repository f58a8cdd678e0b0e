import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageVersion } from '@platform/config';
import { projectRoot } from '@platform/testing';
import { startService, type TestService } from '../support/start-service.js';

const BASE = '/v1/api/identity';
/** What a page of Swagger UI needs, of all that its package brings. */
const PAGE = ['favicon-16x16.png', 'favicon-32x32.png', 'swagger-ui-bundle.js', 'swagger-ui-standalone-preset.js'];

let service: TestService;

beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service.stop();
});

async function ask(path: string) {
  const answer = await fetch(`${service.origin}${path}`);
  return { status: answer.status, type: answer.headers.get('content-type') ?? '', text: await answer.text(), answer };
}

describe('what lies about', () => {
  it.each([
    '/.git/config',
    '/.git/HEAD',
    '/.env',
    '/package.json',
    '/node_modules/',
    '/dist/',
    '/sbom.cdx.json',
    '/src/main.ts',
    '/main.js.map',
    '/docker/',
    '/..%2fpackage.json',
    '/%2e%2e/%2e%2e/etc/passwd',
  ])('is not served: %s [ASVS 13.4.1, 13.4.7]', async (path) => {
    for (const folder of ['', BASE, `${BASE}/doc`]) {
      const { status, type } = await ask(`${folder}${path}`);
      expect([`${folder}${path}`, status, type]).toEqual([
        `${folder}${path}`,
        404,
        'application/problem+json; charset=utf-8',
      ]);
    }
  });

  it('is told of in no list of a folder [ASVS 13.4.3]', async () => {
    for (const folder of ['/', `${BASE}/`, `${BASE}/doc/static/`, `${BASE}/doc/doc/`])
      expect([folder, (await ask(folder)).status]).toEqual([folder, 404]);
    expect((await ask(`${BASE}/doc/`)).text).toContain('<title>nx-seller-identity</title>');
  });

  it('of the package of Swagger UI is what its page loads, and nothing else [ASVS 13.4.7]', async () => {
    const resolve = createRequire(createRequire(import.meta.url).resolve('@nestjs/swagger')).resolve;
    const files = readdirSync(dirname(resolve('swagger-ui-dist/package.json')), { withFileTypes: true });
    expect(files.length).toBeGreaterThan(20);
    const served: string[] = [];
    for (const file of files.filter((each) => each.isFile() && each.name !== 'index.html'))
      for (const folder of ['doc', 'doc/doc'])
        if ((await ask(`${BASE}/${folder}/${file.name}`)).status === 200) served.push(`${folder}/${file.name}`);
    const expected = [...PAGE, 'index.css', 'swagger-ui.css'];
    expect(served.toSorted()).toEqual(['doc', 'doc/doc'].flatMap((folder) => expected.map((name) => `${folder}/${name}`)).toSorted()); // prettier-ignore
    const { text } = await ask(`${BASE}/doc`);
    const named = [...text.matchAll(/(?:src|href)="\.?\/?([^"]+)"/g)].map(([, name = '']) => name);
    expect(named.length).toBeGreaterThan(4);
    for (const name of named) expect([name, (await ask(`${BASE}/${name}`)).status]).toEqual([name, 200]);
  });
});

it('versions of what it is made of are told by no answer [ASVS 13.4.6]', async () => {
  const paths = ['', '/healthz', '/readyz', '/doc', '/doc/openapi.json', '/auth/who-am-i', '/nothing'];
  const { version } = process;
  for (const path of [...paths.map((each) => `${BASE}${each}`), '/jw-certs']) {
    const { answer, text } = await ask(path);
    for (const name of ['server', 'x-powered-by', 'via', 'x-nestjs-version'])
      expect([path, name, answer.headers.get(name)]).toEqual([path, name, null]);
    const told = [text, ...answer.headers.values()].join('\n');
    for (const secret of [version.slice(1), 'fastify', 'nestjs', 'PostgreSQL 1', 'redis_version'])
      expect([path, secret, told.includes(secret)]).toEqual([path, secret, false]);
  }
  const { info } = JSON.parse((await ask(`${BASE}/doc/openapi.json`)).text) as { info: { version: string } };
  expect(info.version).toBe(packageVersion(projectRoot()));
});
