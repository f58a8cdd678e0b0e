import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { poll, type RunningRedis, startRedis } from '@platform/testing';
import { randomEmail, randomPhone } from '../support/addresses.js';
import { PASSWORD } from '../support/client.js';
import { addressed, requestCode, verifyCode } from '../support/codes.js';
import { type Messaging, startMessaging } from '../support/messaging.js';
import { expectSoon, freeze, serverFolder, thaw } from '../support/outages.js';
import { startService, type TestService } from '../support/start-service.js';

let folder: ReturnType<typeof serverFolder>;
let redis: RunningRedis;
let service: TestService;
let messaging: Messaging;

beforeAll(() => {
  folder = serverFolder();
});
afterAll(() => folder.remove());

beforeEach(async () => {
  redis = await startRedis({ dir: join(folder.path, 'redis') });
  service = await startService({ env: { REDIS_URL: redis.url } });
  messaging = await startMessaging(service);
});
afterEach(async () => {
  await messaging.stop();
  await service.stop();
  await redis.stop();
});

const outages = {
  killed: {
    begin: async () => {
      redis.kill('SIGKILL');
      await redis.exited;
    },
    end: async () => {
      redis = await startRedis({ dir: join(folder.path, 'redis'), port: redis.port });
    },
  },
  frozen: {
    begin: () => Promise.resolve(freeze(redis.pid)),
    end: () => Promise.resolve(thaw(redis.pid)),
  },
};

function signUp(value: string) {
  const credential = { scheme: 'password', value: PASSWORD };
  return service.client.post('/auth/sign-up', { identifier: addressed(value), credential });
}

describe.each(['killed', 'frozen'] as const)('while Redis is away (%s)', (how) => {
  it('codes and sign-ups by address are refused within a second, and work once it is back', async () => {
    const { client } = service;
    const email = randomEmail();
    const { body } = await requestCode(client, 'verify-email', email);
    const { accessToken } = await client.signUp();
    await outages[how].begin();
    const refusals = [
      () => requestCode(client, 'forgot-password', randomEmail()),
      () => requestCode(client, 'phone-auth', randomPhone()),
      () => verifyCode(client, 'verify-email', email, body.challengeId, '123456'),
      () => signUp(randomEmail()),
      () => client.post('/users/me/identifiers', { identifier: addressed(randomEmail()) }, accessToken),
    ];
    try {
      for (const refusal of refusals) {
        const answer = await expectSoon(refusal, 503);
        expect(answer.body.code).toBe('otp.unavailable');
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
      }
      // What needs no code goes on.
      await expectSoon(() => client.get('/users/me', accessToken), 200);
      expect((await client.post('/auth/sign-up', { ...signUpByName() })).status).toBe(201);
    } finally {
      await outages[how].end();
    }
    const later = randomEmail();
    const answer = await poll('codes again', 15, async () => {
      const again = await signUp(later);
      return again.status === 202 ? again : undefined;
    });
    const code = await messaging.code(later);
    expect((await verifyCode(client, 'verify-email', later, answer.body.challengeId, code)).status).toBe(200);
  });
});

let names = 0;
function signUpByName() {
  names += 1;
  const identifier = { scheme: 'username', value: `without.redis${names}` };
  return { identifier, credential: { scheme: 'password', value: PASSWORD } };
}
