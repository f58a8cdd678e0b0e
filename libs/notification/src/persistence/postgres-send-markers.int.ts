import { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { Database, migrate } from '@platform/database';
import { DomainError, systemClock } from '@platform/kernel';
import { createTestDatabase, type TestDatabase } from '@platform/testing';
import { PostgresSendMarkers } from './postgres-send-markers.js';

let server: TestDatabase;
let database: Database;
let markers: PostgresSendMarkers;

beforeAll(async () => {
  server = await createTestDatabase();
  await migrate(server.url);
  database = new Database(new DataSource({ type: 'postgres', url: server.url, poolSize: 10 }));
  database.onApplicationBootstrap();
  await database.connected();
  markers = new PostgresSendMarkers(database, systemClock);
});

afterAll(async () => {
  await database.onApplicationShutdown();
  await server.drop();
});

const begin = (id: string, channel: 'mail' | 'sms') => markers.begin({ id, channel, template: 'forgot-password' });
const outcome = async (id: string) =>
  (
    await database.query<{ outcome: string | null }>(
      'SELECT outcome FROM identity."NotificationSend" WHERE job_id = $1',
      [id],
    )
  )[0]?.outcome;

it('lets one of many begin an SMS, and one of many begin it again after a definite failure', async () => {
  const first = await Promise.all(Array.from({ length: 20 }, () => begin('sms-1', 'sms')));
  expect(first.filter((start) => start === 'begun')).toHaveLength(1);
  expect(new Set(first)).toEqual(new Set(['begun', 'in-doubt']));
  await markers.end('sms-1', 'retried', { provider: 'gateway' });
  const second = await Promise.all(Array.from({ length: 20 }, () => begin('sms-1', 'sms')));
  expect(second.filter((start) => start === 'begun')).toHaveLength(1);
});

it('lets who was not answered begin again what stands there, and nobody else', async () => {
  const query = vi.spyOn(database, 'query');
  for (const id of ['lost-1', 'lost-2', 'lost-3']) {
    query.mockImplementationOnce(async (...statement) => {
      await database.query(...statement);
      throw new DomainError({ code: 'database.unavailable', kind: 'unavailable', message: 'planted' });
    });
    await expect(begin(id, 'sms')).rejects.toMatchObject({ code: 'database.unavailable' });
  }
  query.mockRestore();
  const elsewhere = new PostgresSendMarkers(database, systemClock);
  const taken = { id: 'lost-2', channel: 'sms', template: 'forgot-password' } as const;
  expect(await elsewhere.begin(taken)).toBe('in-doubt');
  expect(await begin('lost-1', 'sms')).toBe('begun');
  expect(await begin('lost-1', 'sms')).toBe('in-doubt');
  await elsewhere.end('lost-2', 'unknown');
  expect(await begin('lost-2', 'sms')).toBe('over');
  // Of two runs of one job at once, one alone.
  const both = await Promise.all([begin('lost-3', 'sms'), begin('lost-3', 'sms')]);
  expect(both.toSorted((a, b) => a.localeCompare(b))).toEqual(['begun', 'in-doubt']);
});

it('lets a mail begin again while its end is not known', async () => {
  expect([await begin('mail-1', 'mail'), await begin('mail-1', 'mail')]).toEqual(['begun', 'begun']);
});

it.each(['sent', 'failed', 'unknown'] as const)('lets nothing begin after %s', async (end) => {
  for (const channel of ['mail', 'sms'] as const) {
    const id = `${channel}-${end}`;
    await begin(id, channel);
    await markers.end(id, end);
    expect(await begin(id, channel)).toBe('over');
  }
});

it('marks many at once, each by itself, and tells of none that another one’s fault touched', async () => {
  const ids = Array.from({ length: 150 }, (_none, index) => `many-${index}`);
  await begin('many-7', 'sms');
  const starts = await Promise.all(ids.map((id) => begin(id, 'sms')));
  expect(starts.filter((start) => start !== 'begun')).toEqual(['in-doubt']);
  const unwritable = { provider: 'gateway', providerMessageId: 'a\u0000b' };
  const ends = await Promise.allSettled(
    ids.map((id) => markers.end(id, id === 'many-3' ? 'failed' : 'sent', id === 'many-9' ? unwritable : undefined)),
  );
  expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  expect(await Promise.all(['many-3', 'many-4', 'many-9', 'many-149'].map(outcome))).toEqual([
    'failed',
    'sent',
    null,
    'sent',
  ]);
});

it('keeps a definite end, and lets it replace one that was not known', async () => {
  await begin('sms-2', 'sms');
  await markers.end('sms-2', 'unknown');
  await markers.end('sms-2', 'sent', { provider: 'gateway', providerMessageId: 'g-2' });
  await markers.end('sms-2', 'retried');
  await markers.end('sms-2', 'unknown');
  expect(await outcome('sms-2')).toBe('sent');
});

it('clears marks away that are older than a month, and no younger ones', async () => {
  for (const id of ['old', 'young']) await begin(id, 'sms');
  await database.query(
    `UPDATE identity."NotificationSend" SET started_at = now() - make_interval(days => CASE job_id WHEN 'old' THEN 31 ELSE 29 END)
     WHERE job_id IN ('old', 'young')`,
  );
  await begin('next', 'sms');
  expect([await outcome('old'), await outcome('young')]).toEqual([undefined, null]);
});
