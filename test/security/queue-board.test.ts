import { request } from 'node:http';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { credentials } from '../support/client.js';
import { startService, type TestService } from '../support/start-service.js';

const ADDRESS = 'waiting.person@example.com';
const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'];

let service: TestService;
let redis: Redis;
let jobId: string;

beforeAll(async () => {
  service = await startService();
  redis = new Redis(service.env['REDIS_URL'] ?? '');
  await redis.flushdb(); // jobs that a test file before this one left
  // No worker runs: the job waits, with its address and code sealed in it.
  const body = { ...credentials(''), identifier: { scheme: 'email', value: ADDRESS } };
  await service.client.post('/auth/sign-up', body);
  [jobId = ''] = await redis.lrange('bull:mail:wait', 0, -1);
  if (jobId === '') throw new Error('the sign-up has added no job');
});
afterAll(async () => {
  redis?.disconnect();
  await service?.stop();
});

const board = (path: string, init?: RequestInit) => fetch(`${service.managementOrigin}/queues${path}`, init);

/** `fetch` does not let a caller choose its Host. */
function statusAs(host: string, path = '/queues'): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(service.managementOrigin);
    const asked = request({ hostname, port, path, headers: { Host: host }, agent: false }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode));
    });
    asked.once('error', reject).end();
  });
}

describe('the board of the queues', () => {
  it.each([
    ['PUT', '/api/queues/pause'],
    ['PUT', '/api/queues/mail/pause'],
    ['PUT', '/api/queues/mail/empty'],
    ['PUT', '/api/queues/mail/obliterate'],
    ['PUT', '/api/queues/mail/clean/failed'],
    ['PUT', '/api/queues/mail/:job/clean'],
    ['PUT', '/api/queues/mail/:job/promote'],
    ['PATCH', '/api/queues/mail/:job/update-data'],
    ['POST', '/api/queues/mail/add'],
  ])('refuses %s %s, and the queue is as it was', async (method, path) => {
    const keys = await redis.keys('bull:*');
    const before = await redis.hgetall(`bull:mail:${jobId}`);
    const answer = await board(path.replace(':job', jobId), { method, body: '{"name":"x","data":{}}' });
    expect(answer.status).toBe(405);
    expect((await redis.keys('bull:*')).toSorted()).toEqual(keys.toSorted());
    expect(await redis.hgetall(`bull:mail:${jobId}`)).toEqual(before);
  });

  it('refuses every method but GET and HEAD at every path, also where an override is asked for', async () => {
    const paths = ['', '/', '/queue/mail', '/api/queues', '/static/favicon.ico', '/api/queues?_method=PUT'];
    for (const method of METHODS)
      for (const path of paths) {
        const headers = { 'X-HTTP-Method-Override': 'GET' };
        expect([method, path, (await board(path, { method, headers })).status]).toEqual([method, path, 405]);
      }
    const headers = { 'X-HTTP-Method-Override': 'PUT', 'X-HTTP-Method': 'PUT' };
    expect((await board('/api/queues/mail/pause', { headers })).status).toBe(404);
    expect(await redis.hget('bull:mail:meta', 'paused')).toBe(null);
  });

  it('tells no address, and nothing of what is sealed, of a job that waits', async () => {
    const stored = (await redis.hget(`bull:mail:${jobId}`, 'data')) ?? '';
    const { sealed } = JSON.parse(stored) as { sealed: string };
    const paths = [
      '/api/queues?activeQueue=mail&status=waiting&page=1&jobsPerPage=10',
      `/api/queues/mail/${jobId}`,
      `/api/queues/mail/${jobId}/logs`,
      `/api/queues/mail/${jobId}/flow`,
    ];
    const texts = await Promise.all(paths.map(async (path) => (await board(path)).text()));
    expect(texts[0]).toContain('"content":"sealed"');
    expect(texts[1]).toContain(jobId);
    const told = texts.join('\n');
    expect([ADDRESS, 'waiting.person', sealed, sealed.slice(0, 24)].filter((secret) => told.includes(secret))).toEqual(
      [],
    );
  });

  it('answers no name of the internet, so that no page can have its name point here', async () => {
    const names = [
      'evil.example',
      'evil.example:9464',
      'localhost.evil.example',
      '127.0.0.1.nip.io',
      'a.svc.evil.example',
    ];
    for (const name of names) expect([name, await statusAs(name)]).toEqual([name, 421]);
    const ours = [
      '127.0.0.1:9464',
      'localhost:9464',
      '[::1]:9464',
      'identity-api',
      'identity.shop.svc.cluster.local:9464',
    ];
    for (const name of ours) expect([name, await statusAs(name)]).toEqual([name, 200]);
  });

  it('has no file but those of its page [ASVS 13.4.7]', async () => {
    const paths = ['/static/../index.ejs', '/static/..%2f..%2fpackage.json', '/static/%2e%2e/%2e%2e/package.json'];
    for (const path of paths) expect([path, await statusAs('localhost', `/queues${path}`)]).toEqual([path, 404]);
  });

  it('lets its page load nothing from elsewhere and be framed by nobody', async () => {
    const answer = await board('');
    expect(answer.headers.get('content-security-policy')).toMatch(/default-src 'self'.*frame-ancestors 'none'/);
    expect(answer.headers.get('content-security-policy')).not.toMatch(/unsafe-eval|script-src|https?:/);
    expect(answer.headers.get('access-control-allow-origin')).toBe(null);
    expect(await answer.text()).not.toMatch(/(src|href)="(https?:)?\/\//);
  });

  it('is not on the public port [ASVS 13.4.5]', async () => {
    for (const path of ['/queues', '/v1/api/identity/queues', '/v1/api/identity/queues/api/queues'])
      expect((await fetch(`${service.origin}${path}`)).status).toBe(404);
  });
});
