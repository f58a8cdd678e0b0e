import { HealthIndicatorService } from '@nestjs/terminus';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Database } from './database.js';
import { DatabaseIndicator } from './database-indicator.js';
import { migrationNames } from './migrate.js';

const query = vi.fn<(statement: string) => Promise<unknown[]>>();
let indicator: DatabaseIndicator;

/** What an up-to-date database answers. */
async function answer(statement: string): Promise<unknown[]> {
  if (statement.includes('to_regclass')) return [{ present: true }];
  return statement.includes('SchemaMigration') ? migrationNames.map((name) => ({ name })) : [];
}

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
    query.mockClear().mockRejectedValue(new Error('away'));
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
    query.mockRejectedValue(new Error('away'));
    expect(await status()).toBe('degraded');
  });
});

it('is not there before the first answer', async () => {
  query.mockRejectedValue(new Error('away'));
  expect(await status()).toBe('down');
});
