import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connectRedis, type RedisConnection } from '@platform/redis';
import { poll, type RunningRedis, startRedis } from '@platform/testing';
import { mailOrder, type Otp, otpOn, phoneOrder } from './testing/otp.js';

const UNAVAILABLE = { code: 'otp.unavailable', kind: 'unavailable', limit: 'otp', retryAfterSeconds: 5 };

let dir: string;
let server: RunningRedis;
let client: RedisConnection;
let otp: Otp;

beforeAll(async () => {
  Logger.overrideLogger(false);
  dir = mkdtempSync(join(tmpdir(), 'nx-identity-otp-'));
  server = await startRedis({ dir });
  client = connectRedis({ kind: 'single', url: server.url });
  otp = otpOn(client, { sms: { guardMode: 'record' } });
  await expectJourney();
});

afterAll(async () => {
  client.disconnect();
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** A whole journey, as soon as one is possible again. */
async function expectJourney(): Promise<void> {
  await poll('A journey', 15, async () => {
    const order = mailOrder(); // Redis may have carried out what it answered too late: that address would have to wait
    const challenge = await otp.request.execute(order).catch(() => undefined);
    if (!challenge) return undefined;
    await otp.verify.execute({ ...order, challengeId: challenge.challengeId, code: otp.queue.code });
    return true;
  });
}

async function expectRefusals(): Promise<void> {
  const guess = { ...mailOrder(), challengeId: 'any', code: '000000' };
  for (const use of [
    () => otp.request.execute(mailOrder()),
    () => otp.request.execute(phoneOrder()),
    () => otp.verify.execute(guess),
  ]) {
    const began = performance.now();
    await expect(use()).rejects.toMatchObject(UNAVAILABLE);
    expect(performance.now() - began).toBeLessThan(1000);
  }
}

it('answers within a second while Redis is gone, and works again once it is back', async () => {
  server.kill('SIGKILL');
  await server.exited;
  await expectRefusals();
  server = await startRedis({ dir, port: server.port });
  await expectJourney();
});

it('answers within a second while Redis hangs, and works again once it goes on', async () => {
  server.kill('SIGSTOP');
  try {
    await expectRefusals();
  } finally {
    server.kill('SIGCONT');
  }
  await expectJourney();
});

it('ends with the failure itself when a code cannot be withdrawn because Redis is gone too', async () => {
  const failure = new Error('no database');
  const request = otp.request.execute(mailOrder(), async () => {
    server.kill('SIGKILL');
    await server.exited;
    throw failure;
  });
  await expect(request).rejects.toBe(failure);
  server = await startRedis({ dir, port: server.port });
  await expectJourney();
});

it('lets a right code through although its SMS can no longer be counted', async () => {
  const order = phoneOrder();
  const { challengeId } = await otp.request.execute(order);
  const { code } = otp.queue;
  otp.ledger.settle = () => Promise.reject(new Error('gone'));
  await expect(otp.verify.execute({ ...order, challengeId, code })).resolves.toBeUndefined();
});
