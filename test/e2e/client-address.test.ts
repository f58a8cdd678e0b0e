import { afterAll, beforeAll, expect, it } from 'vitest';
import { credentials, randomUsername } from '../support/client.js';
import { countedTogether } from '../support/counted-together.js';
import { oneByOne, tally } from '../support/races.js';
import { sessionRow } from '../support/records.js';
import { startService, type TestService } from '../support/start-service.js';

let service: TestService;
let addresses = 0;

beforeAll(async () => {
  service = await startService({ env: { TRUSTED_PROXY_HOPS: '1' } });
});
afterAll(async () => {
  await service.stop();
});

it.each([
  ['x'.repeat(65), '127.0.0.1'],
  ['unknown', '127.0.0.1'],
  ['203.0.113.7:443', '203.0.113.7'],
  ['[2001:db8::7]:443', '2001:db8::7'],
  ['::ffff:203.0.113.8', '203.0.113.8'],
])('a proxy that forwards %s is understood as far as it names an address', async (forwarded, expected) => {
  const { status, body } = await service.client.send('POST', '/auth/sign-up', {
    body: credentials(randomUsername()),
    headers: { 'X-Forwarded-For': forwarded },
  });
  expect(status).toBe(201);
  expect((await sessionRow(service, body.sessionId as string)).ip).toBe(expected);
});

it('a new port for each guess does not escape the lock of the address', () =>
  countedTogether(async () => {
    addresses += 1;
    const address = `203.0.113.${100 + addresses}`;
    const guess = (index: number) =>
      service.client.send('POST', '/auth/sign-in', {
        body: credentials(randomUsername(), 'not what it is at all'),
        headers: { 'X-Forwarded-For': `${address}:${40_000 + index}` },
      });
    expect(tally(await oneByOne(12, guess))).toEqual({ 401: 10, 429: 2 });
  }));
