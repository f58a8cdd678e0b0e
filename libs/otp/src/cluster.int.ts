import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectRedis, type RedisConnection } from '@platform/redis';
import { findOrInstallRedis, poll, type RunningRedis, startRedis } from '@platform/testing';
import type { CodeOrder } from './application/request-code.js';
import { mailOrder, type Otp, otpOn, outcomes, phoneOrder, tally, wrong } from './testing/otp.js';

const SLOTS = 16_384;
const NODES = 3;

let folder: string;
let nodes: RunningRedis[];
let admins: Redis[];
let cluster: RedisConnection;
let otp: Otp;

beforeAll(async () => {
  Logger.overrideLogger(false);
  folder = mkdtempSync(join(tmpdir(), 'nx-identity-otp-cluster-'));
  const found = findOrInstallRedis();
  const command = join(folder, 'redis-cluster');
  const script = `#!/bin/sh\nexec '${found.command}' "$@" --cluster-enabled yes --cluster-announce-ip 127.0.0.1\n`;
  writeFileSync(command, script, { mode: 0o700 });
  const redis = { ...found, command };
  nodes = [];
  for (let node = 0; node < NODES; node += 1) nodes.push(await startNode(redis, join(folder, String(node))));
  admins = nodes.map(({ url }) => new Redis(url));
  for (const [at, admin] of admins.entries()) {
    const [from, to] = [Math.floor((at * SLOTS) / NODES), Math.floor(((at + 1) * SLOTS) / NODES)];
    await admin.cluster('ADDSLOTS', ...Array.from({ length: to - from }, (_, slot) => from + slot));
    await admin.cluster('MEET', '127.0.0.1', nodes[0]!.port);
  }
  for (const admin of admins) {
    await poll('The cluster', 30, async () =>
      (await admin.cluster('INFO')).includes('cluster_state:ok') ? true : undefined,
    );
  }
  cluster = connectRedis({ kind: 'cluster', nodes: [{ host: '127.0.0.1', port: nodes[0]!.port }] });
  await poll('The connection', 15, () => cluster.set('ready', '1').catch(() => undefined));
  otp = otpOn(cluster);
});

afterAll(async () => {
  cluster.disconnect();
  for (const admin of admins) admin.disconnect();
  await Promise.all(nodes.map((node) => node.stop()));
  rmSync(folder, { recursive: true, force: true });
});

/** The bus of a cluster listens 10,000 ports higher, which high ports have no room for. */
async function startNode(redis: ReturnType<typeof findOrInstallRedis>, dir: string): Promise<RunningRedis> {
  return await poll('A node', 30, () => startRedis({ dir, redis }).catch(() => undefined));
}

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
  for (let count = 0; count < 12; count += 1) await journey(mailOrder());
  await journey({ ...mailOrder(), identifier: { scheme: 'email', value: 'a{b}c@example.com' } });
  await journey({ ...mailOrder(), identifier: { scheme: 'email', value: '{}c@example.com' } });
  await journey({ ...mailOrder(), identifier: { scheme: 'email', value: '}c@example.com' } });
  const sizes = await Promise.all(admins.map((admin) => admin.dbsize()));
  expect(sizes.every((size) => size > 0)).toBe(true);
});

it('guards SMS over all nodes', async () => {
  await journey(phoneOrder());
  const results = await outcomes(Array.from({ length: 10 }, () => otp.request.execute(phoneOrder())));
  expect(tally(results)).toEqual({ ok: 2, 'otp.sms-limited': 8 });
});
