import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings, SettingsModule } from '@platform/config';
import { Database, DatabaseModule, databaseReady, migrate } from '@platform/database';
import { createTestDatabase, type TestDatabase, leastEnvironment } from '@platform/testing';
import { Directory } from '../application/directory.js';
import { DirectoryModule } from '../directory.module.js';
import { canonicalise } from '../domain/identifier.js';

let folder: string;
let testDatabase: TestDatabase;
let context: INestApplicationContext;
let database: Database;
let directory: Directory;

beforeAll(async () => {
  testDatabase = await createTestDatabase();
  await migrate(testDatabase.url);
  folder = mkdtempSync(join(tmpdir(), 'nx-identity-'));
  const settings = loadSettings(leastEnvironment(folder, { DATABASE_URL: testDatabase.url }));

  @Module({ imports: [SettingsModule.forRoot(settings), DatabaseModule, DirectoryModule] })
  class TestModule {}

  context = await NestFactory.createApplicationContext(TestModule, { logger: false, abortOnError: false });
  await databaseReady(context);
  database = context.get(Database);
  directory = context.get(Directory, { strict: false });
});

afterAll(async () => {
  await context.close();
  await testDatabase.drop();
  rmSync(folder, { recursive: true });
});

let names = 0;
const name = () => canonicalise({ scheme: 'username', value: `person${(names += 1)}` });
const create = (passwordHash?: string) =>
  database.transaction((transaction) => directory.create({ identifier: name(), passwordHash }, transaction));

describe('those who own many identifiers', () => {
  it('are told of in the order that was asked for, each by its own', async () => {
    const [first, nobodys, second] = [name(), name(), name()];
    await database.transaction((transaction) => directory.create({ identifier: first }, transaction));
    const id = await database.transaction((transaction) => directory.create({ identifier: second }, transaction));
    await database.query(`UPDATE identity."User" SET status = 'disabled' WHERE id = $1`, [id]);
    const email = { scheme: 'email' as const, value: first.value };
    expect(await directory.statusesOf([second, nobodys, first, email, second])).toEqual([
      'disabled',
      undefined,
      'active',
      undefined,
      'disabled',
    ]);
    expect(await directory.statusesOf([])).toEqual([]);
  });
});

describe('a password that is set anew', () => {
  const age = async (seconds: number) => String(BigInt(await directory.now()) - BigInt(seconds) * 1_000_000n);
  const reset = (userId: string, issuedAt: string) =>
    database.transaction((transaction) =>
      directory.resetPasswordHash(userId, '$argon2id$new', { issuedAt, maxAgeSeconds: 600 }, transaction),
    );

  it('wants a proof of the last ten minutes, with or without a password before', async () => {
    const [withPassword, without] = [await create('$argon2id$old'), await create()];
    await database.query(`UPDATE identity."UserCredential" SET changed_at = now() - interval '1 day'`);
    for (const userId of [withPassword, without]) {
      expect(await reset(userId, await age(601))).toBe(false);
      expect(await reset(userId, await age(590))).toBe(true);
    }
  });

  it('wants a proof that is newer than the password', async () => {
    const userId = await create('$argon2id$old');
    await database.query(
      `UPDATE identity."UserCredential" SET changed_at = now() - interval '60 s' WHERE user_id = $1`,
      [userId],
    );
    expect(await reset(userId, await age(90))).toBe(false);
    const issuedAt = await age(59);
    expect(await reset(userId, issuedAt)).toBe(true);
    expect(await reset(userId, issuedAt)).toBe(false);
  });

  it('is that of an active account', async () => {
    const userId = await create('$argon2id$old');
    await database.query(`UPDATE identity."User" SET status = 'disabled' WHERE id = $1`, [userId]);
    expect(await reset(userId, await directory.now())).toBe(false);
  });
});

describe('the identifiers of an account', () => {
  it('are as many as may be and no more, of any number that are added at once', async () => {
    const userId = await create();
    const add = () => database.transaction((transaction) => directory.addIdentifier(userId, name(), 5, transaction));
    const outcomes = await Promise.all(Array.from({ length: 8 }, add));
    expect(outcomes.filter((outcome) => outcome === 'added')).toHaveLength(4);
    expect(outcomes.filter((outcome) => outcome === 'too-many')).toHaveLength(4);
  });
});
