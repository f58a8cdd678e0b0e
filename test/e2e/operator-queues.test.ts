import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrate } from '@platform/database';
import { runIdentity } from '../support/run-identity.js';
import { prepareEnvironment } from '../support/start-service.js';

let env: Record<string, string>;
let release: () => Promise<void>;

beforeAll(async () => {
  ({ env, release } = await prepareEnvironment());
  await migrate(env.DATABASE_URL ?? '');
});
afterAll(() => release());

describe('identity queues', () => {
  it('status tells of both queues, as a table and as JSON', async () => {
    const { code, out, err } = await runIdentity(env, ['queues', 'status', '--json']);
    expect([code, err]).toEqual([0, '']);
    const { queues, failures } = JSON.parse(out) as { queues: unknown[]; failures: unknown[] };
    expect(queues).toEqual([
      expect.objectContaining({ queue: 'mail', state: 'running' }),
      expect.objectContaining({ queue: 'sms', state: 'running' }),
    ]);
    expect(failures).toEqual([]);
    expect((await runIdentity(env, ['queues', 'status'])).out).toMatch(/^QUEUE +STATE +WAITING/);
  });

  it.each([
    [['retry', 'mail'], /name one job \(--job\), or say --all/],
    [['retry', 'mail', '--all'], /say --yes as well/],
    [['retry', 'mail', '--job', 'nothing'], /There is no failed job nothing in mail/],
    [['retry', 'letters', '--all', '--yes'], /mail, sms/],
  ])('%j fails, and says what to do', async (args, said) => {
    const { code, out, err } = await runIdentity(env, ['queues', ...args]);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(said);
  });

  it('retry of all counts what became of each', async () => {
    const { code, out } = await runIdentity(env, ['queues', 'retry', 'sms', '--all', '--yes', '--json']);
    expect([code, JSON.parse(out)]).toMatchObject([0, { queue: 'sms', retried: 0 }]);
  });

  it('says within seconds that Redis is away', async () => {
    const { code, err } = await runIdentity({ ...env, REDIS_URL: 'redis://127.0.0.1:1' }, ['queues', 'status']);
    expect([code, err]).toEqual([1, expect.stringMatching(/Redis does not answer/)]);
  });
});
