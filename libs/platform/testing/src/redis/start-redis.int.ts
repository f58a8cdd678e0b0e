import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, expect, it } from 'vitest';
import { findOrInstallRedis } from './find-or-install-redis.js';
import { startRedis } from './start-redis.js';

const folder = mkdtempSync(join(tmpdir(), 'nx-identity-redis-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function ask<T>(url: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url);
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}

it('forgets with its process unless it is durable, and never evicts', async () => {
  const dir = join(folder, 'forgetful');
  const first = await startRedis({ dir });
  await ask(first.url, (client) => client.set('key', 'value'));
  expect(await ask(first.url, (client) => client.config('GET', 'maxmemory-policy'))).toContain('noeviction');
  await first.stop();
  const second = await startRedis({ dir, port: first.port });
  expect(await ask(second.url, (client) => client.get('key'))).toBeNull();
  await second.stop();
});

it('keeps what was written when it is durable', async () => {
  const dir = join(folder, 'durable');
  const first = await startRedis({ dir, durable: true });
  await ask(first.url, (client) => client.set('key', 'value'));
  await first.stop();
  const second = await startRedis({ dir, durable: true });
  expect(await ask(second.url, (client) => client.get('key'))).toBe('value');
  await second.stop();
});

it('says why it did not start', async () => {
  const first = await startRedis({ dir: join(folder, 'one') });
  await expect(startRedis({ dir: join(folder, 'two'), port: first.port })).rejects.toThrow(/did not start on port \d+/);
  await first.stop();
});

it('finds a server without installing anything when there is one', () => {
  expect(findOrInstallRedis().command).toMatch(/(redis|valkey)-server$/);
});
