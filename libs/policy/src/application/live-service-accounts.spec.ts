import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { DomainError } from '@platform/kernel';
import { LiveServiceAccounts } from './live-service-accounts.js';
import type { LiveServiceAccount, ServiceAccounts } from './service-accounts.js';

const account = (name: string) => ({ id: '1', name, digest: Buffer.alloc(32), scopes: ['*'] });

let now: number;
let stored: LiveServiceAccount[];
let live: ReturnType<typeof vi.fn<(limit: number) => Promise<LiveServiceAccount[]>>>;
let accounts: LiveServiceAccounts;

beforeEach(() => {
  now = 5;
  stored = [account('orders')];
  live = vi.fn((limit) => Promise.resolve(stored.slice(0, limit)));
  accounts = new LiveServiceAccounts({ live } as unknown as ServiceAccounts, { monotonic: () => now });
});
afterEach(() => {
  vi.restoreAllMocks();
});

it('asks once in 0.9 s, whatever names are asked for and however many at once', async () => {
  const names = Array.from({ length: 1000 }, (_each, at) => `unknown-${at}`);
  const found = await Promise.all([...names, 'orders'].map((name) => accounts.find(name)));
  expect(found.filter(Boolean)).toEqual([account('orders')]);
  now += 899;
  await accounts.find('unknown');
  expect(live).toHaveBeenCalledTimes(1);
  now += 1;
  await accounts.find('unknown');
  expect(live).toHaveBeenCalledTimes(2);
});

it('knows of a revocation within 0.9 s', async () => {
  await accounts.find('orders');
  stored = [];
  now += 900;
  expect(await accounts.find('orders')).toBeUndefined();
});

it('counts the age of an answer from when it was asked for', async () => {
  live.mockImplementationOnce((limit) => {
    const answer = stored.slice(0, limit);
    now += 800; // a slow statement
    return Promise.resolve(answer);
  });
  await accounts.find('orders');
  stored = [];
  now += 100;
  expect(await accounts.find('orders')).toBeUndefined();
});

it('believes nothing that is old while PostgreSQL is away, and recovers with it', async () => {
  await accounts.find('orders');
  now += 900;
  live.mockRejectedValueOnce(new DomainError({ code: 'database.unavailable', kind: 'unavailable', message: 'away' }));
  await expect(accounts.find('orders')).rejects.toMatchObject({ code: 'database.unavailable' });
  expect(await accounts.find('orders')).toEqual(account('orders'));
});

it('keeps no more than a thousand, and says so once', async () => {
  const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
  stored = Array.from({ length: 2000 }, (_each, at) => account(`s${at}`));
  expect(await accounts.find('s999')).toBeDefined();
  expect(await accounts.find('s1000')).toBeUndefined();
  now += 900;
  await accounts.find('s999');
  expect(live).toHaveBeenLastCalledWith(1001);
  expect(warn).toHaveBeenCalledTimes(1);
});
