import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { poll, type RunningRedis, startRedis, startSentinel } from '@platform/testing';
import { randomEmail } from '../support/addresses.js';
import { requestCode, verifyCode, WRONG_CODE } from '../support/codes.js';
import { serverFolder } from '../support/outages.js';
import { PatientClient } from '../support/patient-client.js';
import { sentinelSays } from '../support/sentinel.js';
import { startService, type TestService } from '../support/start-service.js';

const NAME = 'identity-redis';

let folder: ReturnType<typeof serverFolder>;
let master: RunningRedis;
let replica: RunningRedis;
let sentinel: Awaited<ReturnType<typeof startSentinel>>;
let service: TestService;

beforeAll(async () => {
  folder = serverFolder();
  master = await startRedis({ dir: join(folder.path, 'master') });
  replica = await startRedis({ dir: join(folder.path, 'replica'), replicaOf: master.port });
  sentinel = await startSentinel({ dir: join(folder.path, 'sentinel'), masterPort: master.port, name: NAME });
  await poll('a replica that Sentinel knows', 20, () => says('num-slaves', '1'));
  service = await startService({
    env: {
      REDIS_URL: '',
      REDIS_SENTINELS: sentinel.address,
      REDIS_SENTINEL_NAME: NAME,
      // Longer than the failover takes.
      OTP_RESEND_COOLDOWN_SECONDS: '300',
    },
  });
});

afterAll(async () => {
  await service.stop();
  await sentinel.stop();
  await Promise.all([replica.stop(), master.stop()]);
  folder.remove();
});

const says = (field: string, value: string) => sentinelSays(sentinel.address, NAME, { field, value });

it('codes go on at the new master after a failover, without a restart', async () => {
  const { client } = service;
  const patient = new PatientClient(service.origin);
  const before = randomEmail();
  const { body } = await requestCode(patient, 'verify-email', before);
  expect(body.codeLength).toBe(6);
  const copied = new Redis(replica.url);
  await poll('the copy of the code', 10, async () => (await copied.exists(`verify-email:code:${before}`)) || undefined);
  copied.disconnect();

  master.kill('SIGKILL');
  await master.exited;
  const after = await poll('a new master', 30, async () => {
    const answer = await requestCode(client, 'verify-email', randomEmail());
    expect([202, 503]).toContain(answer.status);
    return answer.status === 202 ? answer : undefined;
  });
  expect(after.body.codeLength).toBe(6);
  await poll('what Sentinel says of it', 5, () => says('port', String(replica.port)));
  // What was asked for before is still there: a wrong guess is counted, and the pause still holds.
  const guess = await verifyCode(patient, 'verify-email', before, body.challengeId, WRONG_CODE);
  expect(guess.body.code).toBe('otp.invalid-code');
  expect((await requestCode(patient, 'verify-email', before)).body.code).toBe('otp.cooldown');
});
