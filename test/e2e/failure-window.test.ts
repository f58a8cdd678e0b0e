import { afterAll, beforeAll, expect, it } from 'vitest';
import { REDIS, type RedisConnection } from '@platform/redis';
import { credentials, randomUsername } from '../support/client.js';
import { countedTogether } from '../support/counted-together.js';
import { startService, type TestService } from '../support/start-service.js';

let service: TestService;
let redis: RedisConnection;

beforeAll(async () => {
  service = await startService({ env: { SIGN_IN_LOCK_SECONDS: '60' } });
  redis = service.app.get<RedisConnection>(REDIS);
});
afterAll(async () => {
  await service.stop();
});

it('failures count for 15 minutes, whatever the lock lasts', () =>
  countedTogether(async () => {
    const username = randomUsername();
    const guess = () => service.client.post('/auth/sign-in', credentials(username, 'not what it is at all'));
    expect((await guess()).status).toBe(401);
    const [key = ''] = await redis.keys(`auth:throttle:*${username}*`);
    expect(await redis.pttl(key)).toBeGreaterThan(890_000);
    expect(await redis.pttl(key)).toBeLessThanOrEqual(900_000);
    for (let failures = 1; failures < 10; failures += 1) await guess();
    const locked = await guess();
    expect(locked.status).toBe(429);
    expect(Number(locked.headers.get('retry-after'))).toBeLessThanOrEqual(60);
  }));
