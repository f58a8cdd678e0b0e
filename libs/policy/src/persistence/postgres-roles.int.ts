import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings, SettingsModule } from '@platform/config';
import { Database, DatabaseModule, databaseReady, migrate } from '@platform/database';
import { createTestDatabase, poll, type TestDatabase, leastEnvironment } from '@platform/testing';
import { Roles } from '../application/roles.js';
import { PostgresRoles } from './postgres-roles.js';

let folder: string;
let testDatabase: TestDatabase;
let context: INestApplicationContext;
let database: Database;
let roles: Roles;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  await migrate(testDatabase.url);
  folder = mkdtempSync(join(tmpdir(), 'nx-identity-'));
  const settings = loadSettings(leastEnvironment(folder, { DATABASE_URL: testDatabase.url }));

  @Module({
    imports: [SettingsModule.forRoot(settings), DatabaseModule],
    providers: [{ provide: Roles, useClass: PostgresRoles }],
  })
  class RolesModule {}

  context = await NestFactory.createApplicationContext(RolesModule, { logger: false, abortOnError: false });
  await databaseReady(context);
  database = context.get(Database);
  roles = context.get(Roles);
});

afterAll(async () => {
  await context.close();
  await testDatabase.drop();
  rmSync(folder, { recursive: true });
});

async function assignments(userId: string): Promise<number> {
  return (await database.query('SELECT FROM "PolicyDefinition" WHERE subject_id = $1', [userId])).length;
}

describe('a role', () => {
  it('is given once by two who overlap, and the second is told so', async () => {
    const waiting = () =>
      poll('the second waits for the first', 5, async () => {
        const rows = await database.query(`SELECT FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'INSERT%"PolicyDefinition"%'`);
        return rows.length > 0 || undefined;
      });
    let second: Promise<boolean> | undefined;
    const first = await database.transaction(async (transaction) => {
      const assigned = await roles.assign('7', 'administrator', transaction);
      second = roles.assign('7', 'administrator');
      await Promise.race([waiting(), second]);
      return assigned;
    });
    expect([first, await second]).toEqual([true, false]);
    expect(await assignments('7')).toBe(1);
  });

  it('is given once, however many ask', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => roles.assign('8', 'administrator')));
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await assignments('8')).toBe(1);
  });

  it('that is not there cannot be given', async () => {
    await expect(roles.assign('9', 'emperor')).rejects.toMatchObject({ code: 'policy.role-not-found' });
  });
});
