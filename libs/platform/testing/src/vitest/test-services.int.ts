import { Redis } from 'ioredis';
import pg from 'pg';
import { expect, inject, it } from 'vitest';
import { createTestDatabase, testRedisUrl } from './test-services.js';

it('hands each test a database of its own and removes it under an open connection', async () => {
  const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()]);
  expect(one.url).not.toBe(two.url);
  const client = new pg.Client({ connectionString: one.url });
  client.on('error', () => undefined);
  await client.connect();
  await client.query('CREATE TABLE mine (id int)');
  await Promise.all([one.drop(), two.drop()]);
  const late = new pg.Client({ connectionString: one.url });
  await expect(late.connect()).rejects.toThrow(/does not exist/);
});

it('gives a test file a Redis database that the others do not see', async () => {
  const mine = new Redis(await testRedisUrl());
  const other = new Redis(inject('redisUrl'));
  await mine.set('test-services', 'mine');
  expect(await other.get('test-services')).toBeNull();
  expect(await mine.getdel('test-services')).toBe('mine');
  mine.disconnect();
  other.disconnect();
});
