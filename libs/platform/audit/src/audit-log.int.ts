import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NestFactory } from '@nestjs/core';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { loadSettings, SettingsModule } from '@platform/config';
import { Database, DatabaseModule, databaseReady, migrate } from '@platform/database';
import { maskIdentifier } from '@platform/kernel';
import { runInRequestContext } from '@platform/telemetry';
import { createTestDatabase, poll, type TestDatabase, leastEnvironment } from '@platform/testing';
import { AuditLog } from './audit-log.js';
import { AuditTrail } from './audit-trail.js';
import { AuditModule } from './audit.module.js';

let folder: string;
let testDatabase: TestDatabase;
let context: INestApplicationContext;
let database: Database;
let audit: AuditLog;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  await migrate(testDatabase.url);
  folder = mkdtempSync(join(tmpdir(), 'nx-identity-'));
  const settings = loadSettings({
    ...leastEnvironment(folder, { DATABASE_URL: testDatabase.url }),
    SNOWFLAKE_WORKER_ID: 'auto',
  });

  @Module({ imports: [SettingsModule.forRoot(settings), DatabaseModule, AuditModule] })
  class AuditedModule {}

  context = await NestFactory.createApplicationContext(AuditedModule, { logger: false, abortOnError: false });
  await databaseReady(context);
  database = context.get(Database);
  audit = context.get(AuditLog);
});

afterAll(async () => {
  await context.close();
  await testDatabase.drop();
  rmSync(folder, { recursive: true });
});

let last = '0';

beforeEach(async () => {
  const [row] = await database.query<{ id: string }>('SELECT coalesce(max(id), 0) AS id FROM "AuditEvent"');
  last = row?.id ?? '0';
});

async function recorded(): Promise<Record<string, unknown>[]> {
  return await database.query('SELECT * FROM "AuditEvent" WHERE id > $1 ORDER BY id', [last]);
}

describe('an audit event', () => {
  it('says what, who, to whom, from where, in which request, and when [ASVS 16.2.1]', async () => {
    const before = Date.now();
    await runInRequestContext({ requestId: 'r-1', clientAddress: '203.0.113.7', userId: '9' }, () =>
      audit.record({
        action: 'session.theft-detected',
        outcome: 'failure',
        actor: { type: 'user', id: '9' },
        userId: '42',
        details: { sessionId: '7', identifier: maskIdentifier('ana@example.com') },
      }),
    );
    const [event, ...others] = await recorded();
    expect(others).toEqual([]);
    expect(event).toEqual({
      id: expect.stringMatching(/^\d+$/) as string,
      occurred_at: expect.any(Date) as Date,
      action: 'session.theft-detected',
      outcome: 'failure',
      actor_type: 'user',
      actor_id: '9',
      user_id: '42',
      ip: '203.0.113.7',
      request_id: 'r-1',
      details: { sessionId: '7', identifier: 'a***@example.com' },
    });
    expect(Math.abs(Number(event?.['occurred_at']) - before)).toBeLessThan(10_000);
  });

  it('leaves out what is not known, as an operator’s command does', async () => {
    await audit.record({ action: 'users.disabled', outcome: 'success', actor: { type: 'operator' } });
    expect(await recorded()).toMatchObject([
      { actor_type: 'operator', actor_id: null, user_id: null, ip: null, request_id: null, details: {} },
    ]);
  });

  it('of many requests at once carries the id of its own', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, number) =>
        runInRequestContext({ requestId: `r${number}` }, () =>
          audit.record({
            action: 'test.many',
            outcome: 'success',
            actor: { type: 'anonymous' },
            details: { request: `r${number}` },
          }),
        ),
      ),
    );
    const events = await recorded();
    expect(events).toHaveLength(20);
    for (const { request_id: id, details } of events) expect(details).toEqual({ request: id });
  });

  it('stands and falls with the transaction of the change it tells of', async () => {
    const event = { action: 'users.deleted', outcome: 'success', actor: { type: 'user' } } as const;
    const undone = database.transaction(async (transaction) => {
      await audit.record(event, transaction);
      throw new Error('the change failed');
    });
    await expect(undone).rejects.toThrow('the change failed');
    expect(await recorded()).toEqual([]);
    await database.transaction((transaction) => audit.record(event, transaction));
    expect(await recorded()).toMatchObject([{ action: 'users.deleted' }]);
  });

  it('can be neither changed nor deleted by the service', async () => {
    await audit.record({ action: 'test.kept', outcome: 'success', actor: { type: 'system' } });
    for (const statement of [
      `UPDATE "AuditEvent" SET action = 'x'`,
      'DELETE FROM "AuditEvent"',
      'TRUNCATE "AuditEvent"',
    ]) {
      await expect(database.query(statement)).rejects.toThrow('AuditEvent is append-only');
    }
    expect(await recorded()).toMatchObject([{ action: 'test.kept' }]);
  });

  it('with an outcome that is neither success nor failure is refused', async () => {
    const event = { action: 'test.odd', outcome: 'perhaps' as 'success', actor: { type: 'system' } } as const;
    await expect(audit.record(event)).rejects.toThrow('AuditEvent_outcome_check');
  });
});

describe('the trail', () => {
  const record = (action: string, userId: string, ip?: string) =>
    runInRequestContext({ clientAddress: ip }, () =>
      audit.record({ action, outcome: 'success', actor: { type: 'system' }, userId, details: { n: 1 } }),
    );
  let trail: AuditTrail;
  beforeAll(async () => {
    trail = context.get(AuditTrail);
    for (const userId of ['501', '502', '501', '501']) await record('trail.a', userId, '198.51.100.1');
    await record('trail.b', '501', '198.51.100.2');
    // JavaScript's times are whole milliseconds: these two must not share one.
    const recordedBy = Date.now();
    await poll('The clock', 1, () => Date.now() > recordedBy + 1 || undefined);
    await record('trail.b', '502');
  });

  it('tells events of a user, newest first and page by page', async () => {
    const all = await trail.page({ userId: '501', limit: 10 });
    expect(all.map(({ action }) => action)).toEqual(['trail.b', 'trail.a', 'trail.a', 'trail.a']);
    expect(all[0]).toEqual({
      id: expect.stringMatching(/^\d+$/) as string,
      occurredAt: expect.any(Date) as Date,
      action: 'trail.b',
      outcome: 'success',
      actorType: 'system',
      actorId: null,
      userId: '501',
      ip: '198.51.100.2',
      requestId: null,
      details: { n: 1 },
    });
    const first = await trail.page({ userId: '501', limit: 3 });
    const second = await trail.page({ userId: '501', limit: 3, before: first.at(-1)?.id });
    expect([...first, ...second]).toEqual(all);
  });

  it('tells events of an action and of a time', async () => {
    const events = await trail.page({ action: 'trail.b', limit: 10 });
    expect(events.map(({ userId }) => userId)).toEqual(['502', '501']);
    const [newest, oldest] = events.map(({ occurredAt }) => occurredAt);
    expect(await trail.page({ action: 'trail.b', from: oldest, to: newest, limit: 10 })).toEqual([events[1]]);
    expect(await trail.page({ action: 'trail.b', from: newest, limit: 10 })).toEqual([events[0]]);
    const later = new Date(Date.now() + 3_600_000);
    expect(await trail.page({ from: later, limit: 10 })).toEqual([]);
    expect(await trail.page({ action: 'trail.b', to: new Date('2020-01-01'), limit: 10 })).toEqual([]);
  });

  it('counts events by address, user and action, most first', async () => {
    expect(await trail.top('ip', 5, { action: 'trail.a' })).toEqual([{ subject: '198.51.100.1', events: 4 }]);
    expect(await trail.top('user', 1, { action: 'trail.a' })).toEqual([{ subject: '501', events: 3 }]);
    expect(await trail.top('action', 5, { userId: '502' })).toEqual([
      { subject: 'trail.a', events: 1 },
      { subject: 'trail.b', events: 1 },
    ]);
  });
});
