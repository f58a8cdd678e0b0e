import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { expect, it, vi } from 'vitest';
import { systemClock } from '@platform/kernel';
import { connectRedis } from '@platform/redis';
import { startRedis } from '@platform/testing';
import { CachedLiveness } from './cached-liveness.js';

/** Longer than an answer is kept. */
const FROZEN_MS = 4200;

it('a session that ended while Redis was frozen does not live again when that thaws and carries out what it was sent', async () => {
  vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  const dir = mkdtempSync(join(tmpdir(), 'liveness-'));
  const server = await startRedis({ dir });
  const redis = connectRedis({ kind: 'single', url: server.url });
  await vi.waitFor(() => redis.ping(), { timeout: 10_000 });
  let isAlive = true;
  // Between the question to Redis and the answer that is written there.
  const isLive = async () => {
    if (isAlive) server.kill('SIGSTOP');
    return await Promise.resolve(isAlive);
  };
  const liveness = new CachedLiveness(redis, { isLive }, systemClock);
  try {
    expect(await liveness.isLive('7')).toBe(true);
    await expect(redis.ping()).rejects.toThrow('Command timed out'); // the connection is given up, with what lies in it
    isAlive = false;
    await liveness.markEnded(['7']);
    await delay(FROZEN_MS);
    server.kill('SIGCONT');
    await vi.waitFor(() => redis.ping(), { timeout: 10_000 });
    expect(await liveness.isLive('7')).toBe(false);
  } finally {
    server.kill('SIGCONT');
    redis.disconnect();
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
    vi.restoreAllMocks();
  }
});
