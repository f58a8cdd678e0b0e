import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AuditModule } from '@platform/audit';
import { type Settings, SettingsModule } from '@platform/config';
import { DatabaseModule, databaseReady, migrate } from '@platform/database';
import { systemClock } from '@platform/kernel';
import { createTestDatabase, type TestDatabase, writeSecret } from '@platform/testing';
import { SetConfiguration } from './application/configuration/set-configuration.js';
import { SmsSender } from './application/sms/sms-sender.js';
import { SmsModule } from './sms.module.js';
import { ConfigurationAdminModule } from './configuration-admin.module.js';
import { type SmsServer, startSmsServer } from './testing/sms-server.js';

const SMS = { id: 'sms-1', to: '+84901234567', text: 'NX: code 123456' };
let folder: string;
let testDatabase: TestDatabase;
let server: SmsServer;
let context: INestApplicationContext;
let now = 0;

@Module({})
class TestModule {}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nx-identity-sms-'));
  testDatabase = await createTestDatabase();
  await migrate(testDatabase.url);
  server = await startSmsServer();
  const settings = {
    development: true,
    database: { url: testDatabase.url, poolSize: 2 },
    snowflakeWorker: 1,
    configurationKeyFile: writeSecret(folder, 'configuration.key'),
  } as Settings;
  const settingsModule = SettingsModule.forRoot(settings, { ...systemClock, monotonic: () => now });
  const imports = [settingsModule, DatabaseModule, AuditModule, ConfigurationAdminModule, SmsModule];
  const options = { logger: false, abortOnError: false } as const;
  context = await NestFactory.createApplicationContext({ module: TestModule, imports }, options);
  await databaseReady(context);
});
afterAll(async () => {
  await context.close();
  await server.stop();
  await testDatabase.drop();
  rmSync(folder, { recursive: true });
});

it('a running worker sends once somebody has configured a provider, and by what he changes of it', async () => {
  const sender = context.get(SmsSender);
  await expect(sender.send(SMS)).rejects.toMatchObject({ code: 'notification.not-configured' });
  const value = { kind: 'vnpay', url: server.url, sender: 'NX', partnerCode: 'NX' };
  const set = (more: object, credential?: string) =>
    context.get(SetConfiguration).execute({
      code: 'identity.sms.vnpay',
      value: { type: 'JSON', value: { ...value, ...more } },
      credential,
    });
  await set({}, 'one');
  now += 30_000;
  expect(await sender.send(SMS)).toEqual({ kind: 'accepted', provider: 'vnpay' });
  await set({ sender: 'OTHER' });
  now += 30_000;
  await sender.send(SMS);
  expect(server.received.map(({ body }) => JSON.parse(body) as object)).toMatchObject([
    { sender: 'NX', sercretKey: 'one' },
    { sender: 'OTHER', sercretKey: 'one' },
  ]);
});
