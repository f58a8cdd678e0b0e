import { Logger } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DomainError } from '@platform/kernel';
import type { Database } from './database.js';
import { DatabaseIndicator } from './database-indicator.js';
import { migrationNames, neededMigrations } from './migrate.js';

const AWAY = new DomainError({ code: 'database.unavailable', kind: 'unavailable', message: 'The database is away.' });
const query = vi.fn<(statement: string) => Promise<unknown[]>>();
let indicator: DatabaseIndicator;

/** What a database answers that was migrated so far. */
const migrated = (names: readonly string[]) => async (statement: string) => {
  if (statement.includes('to_regclass')) return [{ present: true }];
  return statement.includes('SchemaMigration') ? names.map((name) => ({ name })) : [];
};
const answer = migrated(migrationNames);

beforeEach(() => {
  query.mockReset().mockImplementation(answer);
  indicator = new DatabaseIndicator({ query } as unknown as Database, new HealthIndicatorService(), {
    next: () => '1',
  });
});

const status = async () => (await indicator.check()).database.status;
const atOnce = async (count: number) => await Promise.all(Array.from({ length: count }, status));

describe('readiness of PostgreSQL', () => {
  beforeEach(async () => {
    await status();
    query.mockClear().mockRejectedValue(AWAY);
  });

  it('ends with the third failure in a row', async () => {
    expect([await status(), await status(), await status()]).toEqual(['degraded', 'degraded', 'down']);
  });

  it('counts checks that are asked for at once as one', async () => {
    expect(await atOnce(3)).toEqual(['degraded', 'degraded', 'degraded']);
    expect(query).toHaveBeenCalledTimes(1);
    expect(await atOnce(3)).toEqual(['degraded', 'degraded', 'degraded']);
    expect(await atOnce(3)).toEqual(['down', 'down', 'down']);
    expect(query).toHaveBeenCalledTimes(3);
  });

  it('starts to count afresh after an answer', async () => {
    await status();
    await status();
    query.mockImplementation(answer);
    expect(await atOnce(2)).toEqual(['up', 'up']);
    query.mockRejectedValue(AWAY);
    expect(await status()).toBe('degraded');
  });
});

it('is not there before the first answer', async () => {
  query.mockRejectedValue(AWAY);
  expect(await status()).toBe('down');
});

it('tells whoever asks that PostgreSQL is away, and what else PostgreSQL says to the log alone', async () => {
  const logged = vi.spyOn(Logger.prototype, 'error').mockReturnValue();
  query.mockRejectedValueOnce(AWAY);
  expect((await indicator.check()).database).toMatchObject({ reason: AWAY.message });
  expect(logged).not.toHaveBeenCalled();
  const err = new Error('permission denied for table SchemaMigration');
  query.mockRejectedValueOnce(err);
  expect((await indicator.check()).database).toMatchObject({ reason: 'unexpected, see the log' });
  expect(logged.mock.lastCall?.[0]).toMatchObject({ err });
  logged.mockRestore();
});

describe('the schema', () => {
  it('of the release before is enough', async () => {
    query.mockImplementation(migrated(neededMigrations));
    expect(await status()).toBe('up');
  });

  it('before that is waited for', async () => {
    query.mockImplementation(migrated(neededMigrations.slice(0, -1)));
    expect(await status()).toBe('down');
    expect((await indicator.check()).database).toHaveProperty(
      'reason',
      expect.stringMatching(/^waiting for migrations: \w+$/),
    );
  });

  it('of a release after is no hindrance', async () => {
    query.mockImplementation(migrated([...migrationNames, 'Later1999999999999']));
    expect(await status()).toBe('up');
  });
});
