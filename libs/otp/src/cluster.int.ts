import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { poll, type RunningCluster, type RunningRedis, startCluster } from '@platform/testing';
import type { CodeOrder } from './application/request-code.js';
import { RedisMostAsked } from './persistence/redis-most-asked.js';
import { slotKeys } from './persistence/slot-keys.js';
import { mailOrder, type Otp, otpOn, outcomes, phoneOrder, tally, wrong } from './testing/otp.js';

/** Their slots are 406, 7077 and 15,855. */
const ON_EACH_MASTER = ['ana@example.com', 'minh@example.com', 'bao@example.com'];

let folder: string;
let servers: RunningCluster;
let cluster: Cluster;
let otp: Otp;

beforeAll(async () => {
  Logger.overrideLogger(false);
  folder = mkdtempSync(join(tmpdir(), 'nx-identity-otp-cluster-'));
  servers = await startCluster({ dir: folder, masters: 3 });
  const nodes = [{ host: '127.0.0.1', port: servers.masters[0]!.port }];
  cluster = new Cluster(nodes); // the product's connection would not wait for a busy machine
  await poll('The connection', 15, () => cluster.set('ready', '1').catch(() => undefined));
  otp = otpOn(cluster);
});

afterAll(async () => {
  cluster.disconnect();
  await servers.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function journey(order: CodeOrder): Promise<void> {
  const { challengeId } = await otp.request.execute(order);
  const guess = { ...order, challengeId, code: otp.queue.code };
  const guesses = Array.from({ length: 20 }, () => otp.verify.execute({ ...guess, code: wrong(guess.code) }));
  expect(tally(await outcomes(guesses))).toEqual({ 'otp.invalid-code': 5, 'otp.locked': 15 });
  const { namespace, identifier } = order;
  if (!identifier.value.startsWith('}')) {
    expect(await cluster.del(`${namespace}:lock:{${identifier.value}}`)).toBe(1);
    const again = await otp.request.execute(order);
    await otp.verify.execute({ ...order, challengeId: again.challengeId, code: otp.queue.code });
  }
}

it('keeps all of one code on one node, by the identifier as hash tag', async () => {
  for (const value of ON_EACH_MASTER) await journey({ ...mailOrder(), identifier: { scheme: 'email', value } });
  for (let count = 0; count < 12; count += 1) await journey(mailOrder());
  await journey({ ...mailOrder(), identifier: { scheme: 'email', value: 'a{b}c@example.com' } });
  await journey({ ...mailOrder(), identifier: { scheme: 'email', value: '{}c@example.com' } });
  await journey({ ...mailOrder(), identifier: { scheme: 'email', value: '}c@example.com' } });
  const sizes = await Promise.all(servers.masters.map(sizeOf));
  expect(sizes.every((size) => size > 0)).toBe(true);
});

it('guards SMS over all nodes', async () => {
  await journey(phoneOrder());
  const results = await outcomes(Array.from({ length: 10 }, () => otp.request.execute(phoneOrder())));
  expect(tally(results)).toEqual({ ok: 2, 'otp.sms-limited': 8 });
});

it('finds whom most codes were sent to on all nodes, by name', async () => {
  const asked = [
    '}c@example.com',
    '{}d@example.com',
    'a{b}@example.com',
    ...Array.from({ length: 9 }, (_, at) => `${at}@example.com`),
  ];
  for (const [at, value] of asked.entries()) {
    const order = { ...mailOrder('forgot-password'), identifier: { scheme: 'email', value } as const };
    await otp.request.execute(order);
    const [, , , , quota] = slotKeys({ namespace: order.namespace, identifier: value }, true);
    await cluster.set(quota, 100 - at, 'KEEPTTL');
  }
  const found = await new RedisMostAsked(cluster).find({ namespace: 'forgot-password', limit: asked.length });
  expect(found.map(({ identifier }) => identifier)).toEqual(asked);
  expect(found.map(({ codes }) => codes)).toEqual(asked.map((_value, at) => 100 - at));
});

async function sizeOf({ url }: RunningRedis): Promise<number> {
  const admin = new Redis(url);
  const size = await admin.dbsize();
  admin.disconnect();
  return size;
}
